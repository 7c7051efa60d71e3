// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Bytes of an encoded picture as unsigned integers; past the end they are 0.
class encoded_picture {
public:
    explicit encoded_picture(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::size_t size() const { return bytes_.size(); }
    const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes_.data()); }

    std::uint32_t at(std::size_t i) const {
        return i < bytes_.size() ? std::to_integer<std::uint32_t>(bytes_[i]) : 0;
    }
    std::uint32_t big16(std::size_t i) const { return at(i) << 8 | at(i + 1); }
    std::uint32_t big32(std::size_t i) const { return big16(i) << 16 | big16(i + 2); }
    std::uint32_t little16(std::size_t i) const { return at(i) | at(i + 1) << 8; }
    std::uint32_t little32(std::size_t i) const { return little16(i) | little16(i + 2) << 16; }

    /// The bytes [begin, end), which the file must have.
    std::span<const std::byte> part(std::size_t begin, std::size_t end) const {
        return bytes_.subspan(begin, end - begin);
    }

    bool starts_with(std::string_view magic) const {
        const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
        return text.starts_with(magic);
    }

private:
    std::span<const std::byte> bytes_;
};

/// What a header says; not found where the file ends before.
struct picture_header {
    std::int64_t width = 0;
    std::int64_t height = 0;
    int components = 0;
    bool found = false;
};

// Each format's checks say why a file is not decoded, or nothing: decoders would fill in what is missing.
inline constexpr const char* no_fault = "";
inline constexpr const char* is_truncated = "is truncated";
inline constexpr const char* is_damaged = "is damaged";

}  // namespace plait::inline PLAIT_TARGET::detail
