// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>

#include "plait/core/result.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/picture_format.hpp"

namespace examples {

/// The size that "640x480" means: at least 2 x 2 pixels, at most as many as a picture may have.
inline plait::result<plait::extent> frame_size(std::string_view text) {
    const char* const end = text.data() + text.size();
    plait::extent size{};
    const auto width = std::from_chars(text.data(), end, size.width);
    const bool has_width = width.ec == std::errc() && width.ptr != end && *width.ptr == 'x';
    const auto height = has_width ? std::from_chars(width.ptr + 1, end, size.height) : width;
    if (!has_width || height.ec != std::errc() || height.ptr != end || size.width < 2 || size.height < 2 ||
        size.height > plait::largest_picture_pixels / size.width) {
        return plait::failure{std::string("--stream: '") + std::string(text) + "'" +
                              " where WIDTHxHEIGHT was expected, as in 640x480, of at most " +
                              std::to_string(plait::largest_picture_pixels) + " pixels in all"};
    }
    return size;
}

/// Frames of red, green and blue bytes on standard input, one after another.
class frame_stream {
public:
    explicit frame_stream(plait::extent size) : frame_{size.width, size.height, {}} {
        frame_.rgb.resize(3 * static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
    }

    /// The next frame; null where the stream ends. It must end after a whole frame, and not before the first.
    plait::result<plait::picture*> next() {
        const std::size_t size = frame_.rgb.size();
        const std::size_t count = std::fread(frame_.rgb.data(), 1, size, stdin);
        if (std::ferror(stdin))
            return plait::failure{"standard input: cannot be read (" +
                                  std::generic_category().message(errno) + ")"};
        if (count == size) {
            ++frames_;
            return &frame_;
        }
        if (count == 0 && frames_ > 0) return nullptr;
        const std::string expected = std::to_string(size) + " bytes of " + std::to_string(frame_.width) +
                                     " x " + std::to_string(frame_.height) + " pixels were expected";
        if (count == 0) return plait::failure{"standard input: has no frame, where " + expected};
        return plait::failure{std::string("standard input: ends ") + std::to_string(count) +
                              " bytes into frame " + std::to_string(frames_) + ", where " + expected};
    }

    /// So far.
    std::int64_t frames() const { return frames_; }

private:
    plait::picture frame_;
    std::int64_t frames_ = 0;
};

}  // namespace examples
