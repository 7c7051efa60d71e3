// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/file.hpp"

#include <unistd.h>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "scratch_folder.hpp"

namespace {

std::string refusal(const std::filesystem::path& path) {
    const auto read = plait::read_file(path);
    REQUIRE_FALSE(read);
    return read.error();
}

}  // namespace

TEST_CASE("read_file reads all bytes") {
    const scratch_folder folder;
    const std::string text("a\0b\r\n\xff", 6);
    const auto bytes = plait::read_file(folder.write("some.bin", text));
    REQUIRE(bytes);
    CHECK(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) == text);

    const auto none = plait::read_file(folder.write("empty.bin", ""));
    REQUIRE(none);
    CHECK(none->empty());
}

TEST_CASE("read_file refuses what is no file") {
    const scratch_folder folder;
    CHECK(refusal(folder / "missing.bin") == (folder / "missing.bin").string() + ": no such file");
    CHECK(refusal("") == ": no such file");
    CHECK(refusal(folder.path()) == folder.path().string() + ": is a directory where a file was expected");
    const auto file = folder.write("file", "x");
    CHECK(refusal(file / "below") == (file / "below").string() + ": no such file");

    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(refusal(folder / "pipe") == (folder / "pipe").string() + ": is not a regular file");
}

TEST_CASE("read_file refuses what cannot be read") {
    const scratch_folder folder;
    const auto file = folder.write("secret.bin", "x");
    std::filesystem::permissions(file, std::filesystem::perms::none);
    if (geteuid() == 0) {
        MESSAGE("skipped: the administrator may read every file");
    } else {
        CHECK(refusal(file) == file.string() + ": cannot be read (Permission denied)");
    }

    const std::filesystem::path memory = "/proc/self/mem";
    if (!std::filesystem::exists(memory)) {
        MESSAGE("skipped: no /proc, whose files fail while they are read");
    } else {
        CHECK(refusal(memory) == "/proc/self/mem: cannot be read (Input/output error)");
    }
}

TEST_CASE("read_file refuses what is too large, and does not allocate for it") {
    const scratch_folder folder;
    const auto file = folder.write("large.bin", "");
    std::error_code error;
    std::filesystem::resize_file(file, plait::largest_file_bytes + 1, error);
    if (error) {
        MESSAGE("skipped: this file system has no sparse files");
        return;
    }
    CHECK(refusal(file) == file.string() + ": has 2147483648 bytes where at most 2147483647 were expected");
}
