// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/file.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <unistd.h>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "scratch_folder.hpp"

namespace {

std::string refusal(const std::filesystem::path& path) {
    const auto read = plait::read_file(path);
    REQUIRE_FALSE(read);
    return read.error();
}

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
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

TEST_CASE("a file is named by text or a path") {
    const scratch_folder folder;
    const std::filesystem::path path = folder.write("some.bin", "abc");
    const std::string name = path.string();
    CHECK(plait::read_file(path)->size() == 3);
    CHECK(plait::read_file(name)->size() == 3);
    CHECK(plait::read_file(name.c_str())->size() == 3);
    CHECK(plait::read_file(std::string_view(name + "more").substr(0, name.size()))->size() == 3);
    static_assert(!std::is_convertible_v<std::vector<std::byte>, plait::file_path>);
    static_assert(!std::is_convertible_v<int, plait::file_path>);
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

TEST_CASE("write_file writes all bytes, over what was there, and leaves nothing else") {
    const scratch_folder folder;
    for (const std::string& text :
         {std::string("a\0b\r\n\xff", 6), std::string(), std::string(100'000, 'x')}) {
        const auto bytes = std::as_bytes(std::span(text));
        const auto written = plait::write_file(bytes, folder / "some.bin");
        INFO(written.error());
        REQUIRE(written);
        const auto read = plait::read_file(folder / "some.bin");
        REQUIRE(read);
        CHECK(std::ranges::equal(*read, bytes));
    }
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("write_file refuses what it cannot write, and leaves what was there") {
    const scratch_folder folder;
    const std::string text = "text";
    const auto refusal_of = [&](const std::filesystem::path& path) {
        const auto written = plait::write_file(std::as_bytes(std::span(text)), path);
        REQUIRE_FALSE(written);
        return written.error();
    };
    CHECK(refusal_of(folder.path()) == folder.path().string() + ": is a directory where a file was expected");
    CHECK(refusal_of(folder / "no/file") ==
          (folder / "no/file").string() + ": cannot be written (No such file or directory)");
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(refusal_of(folder / "pipe") == (folder / "pipe").string() + ": is not a regular file");
    CHECK(files_in(folder.path()) == 1);

    // A file that may not grow: the disk is full, as it were.
    const auto kept = folder.write("kept", "old");
    rlimit usual{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &usual) == 0);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{2, usual.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string why = refusal_of(kept);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &usual) == 0);
    CHECK(why == kept.string() + ": cannot be written (File too large)");
    CHECK(std::filesystem::file_size(kept) == 3);
    CHECK(files_in(folder.path()) == 2);
}
