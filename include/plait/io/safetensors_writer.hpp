// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// What a file's header says of a tensor.
struct listed_tensor {
    std::string_view name;
    std::span<const std::int64_t> dimensions;
    std::string_view type;  ///< as safetensors calls it
    std::size_t bytes = 0;
};

/// A safetensors file up to its values, with room reserved for those.
inline std::vector<std::byte> begin_safetensors(
    std::span<const listed_tensor> tensors,
    std::span<const std::pair<std::string, std::string>> metadata = {}) {
    std::string header = "{";
    const auto begin_entry = [&](std::string_view name) {
        header.append(header.size() > 1 ? "," : "").append(json_string(name)).append(":{");
    };
    if (!metadata.empty()) {
        begin_entry("__metadata__");
        for (const char* comma = ""; const auto& [key, value] : metadata) {
            header.append(comma).append(json_string(key)).append(":").append(json_string(value));
            comma = ",";
        }
        header += "}";
    }
    std::size_t offset = 0;
    for (const listed_tensor& tensor : tensors) {
        const std::size_t offsets[] = {offset, offset + tensor.bytes};
        begin_entry(tensor.name);
        header.append(R"("dtype":")").append(tensor.type);
        header.append(R"(","shape":)").append(json_array(tensor.dimensions));
        header.append(R"(,"data_offsets":)").append(json_array(offsets)).append("}");
        offset += tensor.bytes;
    }
    header += "}";
    // Spaces align the data to 8 bytes.
    header.resize((header.size() + 7) / 8 * 8, ' ');

    std::vector<std::byte> file;
    file.reserve(8 + header.size() + offset);
    append_little_endian(file, std::uint64_t{header.size()});
    for (const char c : header) file.push_back(static_cast<std::byte>(c));
    return file;
}

}  // namespace detail

/// A safetensors file of F32 tensors, in the order given. Names are UTF-8, and no two are equal.
inline std::vector<std::byte> write_safetensors(std::span<const named_values> tensors) {
    std::vector<detail::listed_tensor> listed;
    for (const named_values& tensor : tensors)
        listed.push_back({tensor.name, tensor.dimensions, "F32", tensor.values.size_bytes()});
    std::vector<std::byte> file = detail::begin_safetensors(listed);
    for (const named_values& tensor : tensors) {
        for (const float value : tensor.values)
            detail::append_little_endian(file, std::bit_cast<std::uint32_t>(value));
    }
    return file;
}

}  // namespace plait::inline PLAIT_TARGET
