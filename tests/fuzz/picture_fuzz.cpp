// SPDX-License-Identifier: BSD-3-Clause
// A picture file, decoded and made into a network's input.
#include <cstring>
#include <filesystem>
#include <utility>

#include "../io/scratch_folder.hpp"
#include "fuzz.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/io/picture_writer.hpp"
#include "plait/io/resize.hpp"

using namespace plait;

namespace {

const detail::picture_format* format_of(const detail::encoded_picture& file) {
    for (const detail::picture_format& format : detail::picture_formats) {
        if (file.starts_with(format.magic)) return &format;
    }
    return nullptr;
}

/// Larger pictures are only asked why they are refused: decoding them takes time and shows nothing new.
bool takes_long(const detail::picture_header& header) {
    constexpr std::int64_t most_pixels = 1 << 16;
    return header.width > 0 && header.height > most_pixels / header.width;
}

/// Leaves bytes on the stack: a decoder that reads what it has not written decodes another picture.
[[gnu::noinline]] void litter_stack(int byte) {
    unsigned char litter[1 << 15];
    std::memset(litter, byte, sizeof litter);
    asm volatile("" : : "r"(litter) : "memory");
}

void check_sizes(const picture& decoded, detail::picture_header header, int orientation) {
    expect(orientation >= 1 && orientation <= 8, "an orientation is one of EXIF's");
    if (orientation >= 5) std::swap(header.width, header.height);
    expect(decoded.width == header.width && decoded.height == header.height,
           "a picture has the size that its header says, turned as EXIF says");
    expect(decoded.width >= 2 && decoded.height >= 2, "a picture has at least 2 x 2 pixels");
    expect(decoded.rgb.size() == 3 * static_cast<std::size_t>(decoded.width * decoded.height),
           "a picture has three bytes a pixel");
}

void check_inputs(const picture& decoded) {
    for (const float value : to_tensor<shape{3, 8, 8}>(decoded))
        expect(value >= 0 && value <= 1, "an input is from 0 to 1");
    for (const float value : to_tensor<shape{3, 5, 9}>(centre_square(decoded)))
        expect(value >= 0 && value <= 1, "an input is from 0 to 1");
    const picture bilinear = resize_bilinear(decoded, {.height = 7, .width = 11});
    expect(bilinear.rgb.size() == 3 * 7 * 11, "a resized picture has three bytes a pixel");
}

void check_writer(const picture& decoded) {
    if (decoded.rgb.size() > 4096) return;
    static const scratch_folder folder;
    const std::filesystem::path path = folder / "written.png";
    expect(bool(write_png(decoded, path)), "a picture is written");
    const auto again = read_picture(path);
    expect(again && *again == decoded, "what was written is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes = std::as_bytes(std::span(data, size));
    const detail::encoded_picture file(bytes);
    const detail::picture_format* const format = format_of(file);
    const detail::picture_header header = format ? format->header(file) : detail::picture_header{};
    if (takes_long(header)) {
        (void)detail::why_not_decoded(*format, file);
        return 0;
    }

    litter_stack(0x55);
    const auto decoded = decode_picture(bytes, "file");
    if (!decoded) {
        expect_sentence(decoded.error(), "file: ");
        return 0;
    }
    expect(format != nullptr, "what is decoded has a known format");
    check_sizes(*decoded, header, detail::exif_orientation(detail::encoded_picture(format->exif(file))));
    litter_stack(0xaa);
    const auto again = decode_picture(bytes);
    expect(again && *again == *decoded, "a file is always the same picture");
    check_inputs(*decoded);
    check_writer(*decoded);
    return 0;
}
