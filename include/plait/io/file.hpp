// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "plait/core/result.hpp"

namespace plait::inline PLAIT_TARGET {

/// `read_file` refuses what is larger: 2 GiB less one byte.
inline constexpr std::uintmax_t largest_file_bytes = 0x7fff'ffff;

namespace detail {

struct file_closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

/// Why `path` is not a file to read; empty if it is one.
inline std::string why_not_a_file(const std::filesystem::path& path) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) return "no such file";
    if (status.type() == std::filesystem::file_type::directory)
        return "is a directory where a file was expected";
    if (error) return "cannot be read (" + error.message() + ")";
    if (status.type() != std::filesystem::file_type::regular) return "is not a regular file";
    return "";
}

inline std::string why_not_read() {
    return "cannot be read (" + std::generic_category().message(errno) + ")";
}

/// Why no file can be written over what is at `path`; empty if one can.
inline std::string why_not_replaced(const std::filesystem::path& path) {
    std::error_code error;
    switch (std::filesystem::status(path, error).type()) {
        case std::filesystem::file_type::not_found:
        case std::filesystem::file_type::regular: return "";
        case std::filesystem::file_type::directory: return "is a directory where a file was expected";
        default: break;
    }
    return error ? "cannot be written (" + error.message() + ")" : "is not a regular file";
}

/// Makes a file of these bytes; of an error, what may be there is to be removed.
inline std::error_code make_file(std::span<const std::byte> bytes, const std::filesystem::path& path) {
    const auto failed = [] { return std::error_code(errno, std::generic_category()); };
    file_handle file(std::fopen(path.c_str(), "wb"));
    if (!file) return failed();
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) return failed();
    return std::fclose(file.release()) == 0 ? std::error_code() : failed();
}

}  // namespace detail

/// The bytes of a regular file.
inline result<std::vector<std::byte>> read_file(const std::filesystem::path& path) {
    const std::string name = path.string();
    if (const std::string why = detail::why_not_a_file(path); !why.empty()) return failure{name + ": " + why};

    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error) return failure{name + ": cannot be read (" + error.message() + ")"};
    if (size > largest_file_bytes) {
        return failure{name + ": has " + std::to_string(size) + " bytes where at most " +
                       std::to_string(largest_file_bytes) + " were expected"};
    }

    const detail::file_handle file(std::fopen(name.c_str(), "rb"));
    if (!file) return failure{name + ": " + detail::why_not_read()};

    // One byte more than the file has, so that one read meets its end.
    std::vector<std::byte> bytes(static_cast<std::size_t>(size) + 1);
    const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file.get());
    if (std::ferror(file.get())) return failure{name + ": " + detail::why_not_read()};
    if (count != size) return failure{name + ": changed while it was read"};
    bytes.resize(count);
    return bytes;
}

/// Writes a regular file, over one that may be there. It is all there or as it was before, at any time, since
/// the bytes are written beside it first.
inline result<void> write_file(std::span<const std::byte> bytes, const std::filesystem::path& path) {
    const auto refuse = [&](const std::string& why) { return failure{path.string() + ": " + why}; };
    if (const std::string why = detail::why_not_replaced(path); !why.empty()) return refuse(why);

    std::filesystem::path beside = path;
    beside += ".part-" + std::to_string(getpid());
    std::error_code error = detail::make_file(bytes, beside);
    if (!error) std::filesystem::rename(beside, path, error);
    if (!error) return {};
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    return refuse("cannot be written (" + error.message() + ")");
}

}  // namespace plait::inline PLAIT_TARGET
