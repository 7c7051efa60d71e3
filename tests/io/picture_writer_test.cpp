// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/picture_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "plait/io/picture_reader.hpp"
#include "scratch_folder.hpp"

namespace {

/// Every pixel another.
plait::picture pattern(int width, int height) {
    plait::picture p{width, height, {}};
    for (int i = 0; i < 3 * width * height; ++i) p.rgb.push_back(static_cast<std::uint8_t>(i * i + 7 * i));
    return p;
}

}  // namespace

TEST_CASE("a picture written is the picture read") {
    const scratch_folder folder;
    for (const plait::picture& p : {pattern(2, 2), pattern(31, 17), pattern(640, 3)}) {
        const auto written = plait::write_png(p, folder / "p.png");
        REQUIRE_MESSAGE(written, written.error());
        const auto read = plait::read_picture(folder / "p.png");
        REQUIRE_MESSAGE(read, read.error());
        CHECK(*read == p);
    }
}

TEST_CASE("a picture that cannot be written or encoded leaves a sentence") {
    const scratch_folder folder;
    const auto nowhere = plait::write_png(pattern(2, 2), folder / "no/p.png");
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error() ==
          (folder / "no/p.png").string() + ": cannot be written (No such file or directory)");
    CHECK(std::filesystem::is_empty(folder.path()));
}
