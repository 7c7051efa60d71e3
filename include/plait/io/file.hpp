// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "plait/core/aligned_memory.hpp"
#include "plait/core/result.hpp"

namespace plait::inline PLAIT_TARGET {

/// Where a file is, as text or a std::filesystem::path says it: that header is only for those who want it.
class file_path {
public:
    template <std::convertible_to<std::string_view> Text>
    explicit(false) file_path(const Text& path) : text_(std::string_view(path)) {}

    template <class Path>
        requires(!std::convertible_to<Path, std::string_view>)
    &&requires(const Path& path) {
        { path.c_str() } -> std::same_as<const char*>;
    }
    explicit(false) file_path(const Path& path) : text_(std::string_view(path.c_str())) {}

    /// Its text.
    const std::string& string() const { return text_; }
    /// The same for C.
    const char* c_str() const { return text_.c_str(); }

private:
    detail::text text_;
};

/// `read_file` refuses what is larger: 2 GiB less one byte.
inline constexpr std::uintmax_t largest_file_bytes = 0x7fff'ffff;

namespace detail {

struct file_closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

/// "cannot be read (No such file or directory)", by errno.
[[gnu::cold, gnu::flatten, gnu::noinline]] inline text why_errno(std::string_view what, int error = errno) {
    text why(what);
    why << " (" << std::generic_category().message(error) << ")";
    return why;
}

enum class file_kind { regular, directory, other, missing, unknown };

struct file_status {
    file_kind kind;
    std::uintmax_t bytes;
};

/// Of what `path` leads to; errno says why it is unknown.
inline file_status status_of(const file_path& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0)
        return {errno == ENOENT || errno == ENOTDIR ? file_kind::missing : file_kind::unknown, 0};
    if (S_ISREG(found.st_mode)) return {file_kind::regular, static_cast<std::uintmax_t>(found.st_size)};
    return {S_ISDIR(found.st_mode) ? file_kind::directory : file_kind::other, 0};
}

inline constexpr std::string_view is_a_directory = "is a directory where a file was expected";
inline constexpr std::string_view is_not_regular = "is not a regular file";

/// Why there is no file to read; empty if there is one.
[[gnu::cold]] inline text why_not_a_file(file_status status) {
    switch (status.kind) {
        case file_kind::missing: return text("no such file");
        case file_kind::directory: return text(is_a_directory);
        case file_kind::unknown: return why_errno("cannot be read");
        case file_kind::other: return text(is_not_regular);
        case file_kind::regular: break;
    }
    if (status.bytes <= largest_file_bytes) return {};
    text why("has ");
    why << status.bytes << " bytes where at most " << largest_file_bytes << " were expected";
    return why;
}

/// Why no file can be written over what is there; empty if one can.
[[gnu::cold]] inline text why_not_replaced(file_status status) {
    switch (status.kind) {
        case file_kind::missing:
        case file_kind::regular: break;
        case file_kind::directory: return text(is_a_directory);
        case file_kind::unknown: return why_errno("cannot be written");
        case file_kind::other: return text(is_not_regular);
    }
    return {};
}

/// Reads the file of `size` bytes to `to`, where there is room for one more; why not, or nothing.
[[gnu::cold]] inline text why_not_read(const file_path& path, std::byte* to, std::size_t size) {
    const file_handle file(std::fopen(path.c_str(), "rb"));
    if (!file) return why_errno("cannot be read");
    // One byte more than the file has, so that one read meets its end.
    const std::size_t count = std::fread(to, 1, size + 1, file.get());
    if (std::ferror(file.get()) != 0) return why_errno("cannot be read");
    return count == size ? text() : text("changed while it was read");
}

/// Makes a file of these bytes; of an error, not 0, what may be there is to be removed.
inline int make_file(std::span<const std::byte> bytes, const char* path) {
    file_handle file(std::fopen(path, "wb"));
    if (!file) return errno;
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) return errno;
    return std::fclose(file.release()) == 0 ? 0 : errno;
}

/// "PATH: why"
[[gnu::cold]] inline failure file_failure(const file_path& path, std::string_view why) {
    text sentence(path.string());
    sentence << ": " << why;
    return failure{std::move(sentence)};
}

/// The bytes of a file, without the standard library's functions.
struct file_bytes {
    aligned_memory<std::byte> memory;
    std::size_t size = 0;

    std::span<const std::byte> span() const { return {memory.get(), size}; }
};

[[gnu::cold]] inline result<file_bytes> read_file_bytes(const file_path& path) {
    const file_status status = status_of(path);
    if (const text why = why_not_a_file(status); !why.empty()) return file_failure(path, why);
    const auto size = static_cast<std::size_t>(status.bytes);
    file_bytes read{make_aligned<std::byte>(static_cast<long long>(size) + 1), size};
    if (const text why = why_not_read(path, read.memory.get(), size); !why.empty())
        return file_failure(path, why);
    return read;
}

}  // namespace detail

/// The bytes of a regular file.
inline result<std::vector<std::byte>> read_file(const file_path& path) {
    const detail::file_status status = detail::status_of(path);
    if (const detail::text why = detail::why_not_a_file(status); !why.empty())
        return detail::file_failure(path, why);
    const auto size = static_cast<std::size_t>(status.bytes);
    std::vector<std::byte> bytes(size + 1);
    if (const detail::text why = detail::why_not_read(path, bytes.data(), size); !why.empty())
        return detail::file_failure(path, why);
    bytes.resize(size);
    return bytes;
}

/// Writes a regular file, over one that may be there. It is all there or as it was before, at any time, since
/// the bytes are written beside it first.
inline result<void> write_file(std::span<const std::byte> bytes, const file_path& path) {
    if (const detail::text why = detail::why_not_replaced(detail::status_of(path)); !why.empty())
        return detail::file_failure(path, why);
    detail::text beside(path.string());
#if defined(__wasi__)
    beside << ".part";  // there are no processes
#else
    beside << ".part-" << getpid();
#endif
    int error = detail::make_file(bytes, beside.c_str());
    if (error == 0 && std::rename(beside.c_str(), path.c_str()) != 0) error = errno;
    if (error == 0) return {};
    std::remove(beside.c_str());
    return detail::file_failure(path, detail::why_errno("cannot be written", error));
}

}  // namespace plait::inline PLAIT_TARGET
