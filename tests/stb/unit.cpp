// SPDX-License-Identifier: BSD-3-Clause
// `unit`, a function of a program with an stb of its own. With PLAIT_BEFORE Plait is included first; with
// IMPLEMENTS_STB this is the unit that implements stb, with options that are not Plait's.
#ifdef PLAIT_BEFORE
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_writer.hpp"
#endif

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>

#include "answers.hpp"

#ifdef IMPLEMENTS_STB
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STBI_NO_JPEG
#define STBI_MALLOC(size) (++own_allocations, std::malloc(size))
#define STBI_REALLOC(memory, size) std::realloc(memory, size)
#define STBI_FREE(memory) std::free(memory)
#endif
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image.h>
#include <stb/stb_image_resize.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#ifndef PLAIT_BEFORE
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_writer.hpp"
#endif

const char* unit() {
    const std::string jpeg = PLAIT_SOURCE_DIR "/tests/pictures/rgb.jpg";
    const std::string png = PLAIT_SOURCE_DIR "/tests/pictures/rgb.png";
    const std::string written =
        std::filesystem::temp_directory_path() / ("plait_stb_" + std::to_string(getpid()) + ".png");
    stbi_set_flip_vertically_on_load(0);
    stbi_flip_vertically_on_write(0);
    const auto expected = plait::read_picture(png);
    if (!expected) return "Plait reads a PNG";

    stbi_set_flip_vertically_on_load(1);
    stbi_flip_vertically_on_write(1);
    const int allocations = own_allocations;
    const auto again = plait::read_picture(png);
    const auto photograph = plait::read_picture(jpeg);
    const bool is_written = bool{plait::write_png(*expected, written)};
    const auto copy = plait::read_picture(written);
    std::filesystem::remove(written);
    if (own_allocations != allocations) return "Plait allocates through its own stb";
    if (!again || *again != *expected) return "the program's flips are not Plait's";
    if (!is_written || !copy || *copy != *expected) return "the program's flips are not Plait's writer's";
    if (!photograph || photograph->width != 16) return "Plait reads what the program's stb does not";

    int width = 0, height = 0, channels = 0;
    if (stbi_load(jpeg.c_str(), &width, &height, &channels, 3)) return "the program's stb reads no JPEG";
    constexpr std::string_view pgm = "P5\n2 1\n255\nab";
    stbi_uc* const grey = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(pgm.data()),
                                                static_cast<int>(pgm.size()), &width, &height, &channels, 1);
    if (!grey || width != 2 || grey[1] != 'b') return "the program's stb reads PGM, which Plait does not";
    stbi_uc larger[4];
    stbir_resize_uint8(grey, 2, 1, 0, larger, 4, 1, 0, 1);
    stbi_image_free(grey);
    if (larger[0] != 'a' || larger[3] != 'b') return "the program's stb resizes";
    if (own_allocations == allocations) return "the program's stb allocates as the program says";
    return nullptr;
}
