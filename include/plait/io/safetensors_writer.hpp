// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// A tensor to store as F32. As many values as the dimensions' product.
struct named_values {
    std::string name;
    std::vector<std::int64_t> dimensions;
    std::span<const float> values;
};

namespace detail {

inline std::string json_string(std::string_view text) {
    constexpr char hexadecimal[] = "0123456789abcdef";
    std::string json = "\"";
    for (const char c : text) {
        const unsigned code = static_cast<unsigned char>(c);
        if (code < 32) {
            json += "\\u00";
            json += hexadecimal[code / 16];
            json += hexadecimal[code % 16];
            continue;
        }
        if (c == '"' || c == '\\') json += '\\';
        json += c;
    }
    return json + "\"";
}

/// "[1, 2]" of [begin, end) of any integers.
template <class Integers>
std::string json_array(const Integers& integers) {
    std::string json = "[";
    for (const auto integer : integers) {
        if (json.size() > 1) json += ",";
        json += std::to_string(integer);
    }
    return json + "]";
}

template <class Unsigned>
void append_little_endian(std::vector<std::byte>& bytes, Unsigned value) {
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
        bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}

}  // namespace detail

/// A safetensors file of F32 tensors, in the order given. Names are UTF-8, and no two are equal.
inline std::vector<std::byte> write_safetensors(std::span<const named_values> tensors) {
    std::string header = "{";
    std::size_t offset = 0;
    for (const named_values& tensor : tensors) {
        const std::size_t end = offset + tensor.values.size_bytes();
        const std::size_t offsets[] = {offset, end};
        if (header.size() > 1) header += ",";
        header += detail::json_string(tensor.name) + R"(:{"dtype":"F32","shape":)" +
                  detail::json_array(tensor.dimensions) + R"(,"data_offsets":)" +
                  detail::json_array(offsets) + "}";
        offset = end;
    }
    header += "}";
    // Spaces align the data to 8 bytes.
    header.resize((header.size() + 7) / 8 * 8, ' ');

    std::vector<std::byte> file;
    file.reserve(8 + header.size() + offset);
    detail::append_little_endian(file, std::uint64_t{header.size()});
    for (const char c : header) file.push_back(static_cast<std::byte>(c));
    for (const named_values& tensor : tensors) {
        for (const float value : tensor.values)
            detail::append_little_endian(file, std::bit_cast<std::uint32_t>(value));
    }
    return file;
}

}  // namespace plait::inline PLAIT_TARGET
