// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <exception>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#else
#include <xtensor/xarray.hpp>
#endif

#include "plait/core/in_quotes.hpp"
#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/tensor/tensor.hpp"
#include "plait/tensor/xtensor.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// NumPy's own limit on the dimensions of an array.
inline constexpr std::size_t largest_npy_rank = 64;

/// What the header of a .npy file says.
struct npy_header {
    std::optional<std::string> type;  ///< NumPy's descr: "<f4"
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::size_t>> dimensions;

    bool is_complete() const { return type && fortran_order && dimensions; }
};

/// Reads the header's text, the literal of a Python dictionary with three known keys.
class npy_header_parser {
public:
    explicit npy_header_parser(std::string_view text) : rest_(text) {}

    /// Nothing where the text is not the header of an array of one plain type.
    std::optional<npy_header> parse() {
        npy_header header;
        if (!take('{')) return std::nullopt;
        while (!take('}')) {
            if (!entry(header)) return std::nullopt;
            if (take(',')) continue;
            if (take('}')) break;
            return std::nullopt;
        }
        skip_space();
        if (!rest_.empty() || !header.is_complete()) return std::nullopt;
        return header;
    }

private:
    bool entry(npy_header& header) {
        const std::optional<std::string> key = string();
        if (!key || !take(':')) return false;
        if (*key == "descr") return (header.type = string()).has_value();
        if (*key == "fortran_order") return (header.fortran_order = boolean()).has_value();
        if (*key == "shape") return (header.dimensions = tuple()).has_value();
        return false;
    }

    void skip_space() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1);
    }

    bool take(char wanted) {
        skip_space();
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool take(std::string_view wanted) {
        skip_space();
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(wanted.size());
        return true;
    }

    std::optional<std::string> string() {
        const char quote = take('\'') ? '\'' : '"';
        if (quote == '"' && !take('"')) return std::nullopt;
        const std::size_t end = rest_.find(quote);
        if (end == std::string_view::npos) return std::nullopt;
        std::string text(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return text;
    }

    std::optional<bool> boolean() {
        if (take("True")) return true;
        if (take("False")) return false;
        return std::nullopt;
    }

    std::optional<std::vector<std::size_t>> tuple() {
        std::vector<std::size_t> numbers;
        if (!take('(')) return std::nullopt;
        while (!take(')')) {
            const std::optional<std::size_t> number = this->number();
            if (!number) return std::nullopt;
            numbers.push_back(*number);
            if (take(',')) continue;
            if (take(')')) break;
            return std::nullopt;
        }
        return numbers;
    }

    std::optional<std::size_t> number() {
        constexpr std::size_t largest = std::numeric_limits<std::size_t>::max() / 10 - 1;
        skip_space();
        std::optional<std::size_t> value;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            if (value.value_or(0) > largest) return std::nullopt;
            value = value.value_or(0) * 10 + static_cast<std::size_t>(rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    std::string_view rest_;
};

/// "(3, 32, 32)", as Python writes a tuple.
inline std::string tuple_text(const std::vector<std::size_t>& numbers) {
    std::string text = "(";
    for (const std::size_t number : numbers) text += std::to_string(number) + ", ";
    if (numbers.size() > 1) text.erase(text.size() - 2);
    if (numbers.size() == 1) text.pop_back();
    return text + ")";
}

/// Bytes that the dimensions ask for; nothing if there are no values, or more than 64 bits count.
inline std::optional<std::size_t> npy_data_bytes(const std::vector<std::size_t>& dimensions,
                                                 std::size_t value_bytes) {
    std::size_t bytes = value_bytes;
    for (const std::size_t dimension : dimensions) {
        if (dimension == 0 || bytes > std::numeric_limits<std::size_t>::max() / dimension)
            return std::nullopt;
        bytes *= dimension;
    }
    return bytes;
}

/// The bytes before the values of float32 in C order; as NumPy writes them, a multiple of 64.
inline std::string npy_preamble(const std::vector<std::size_t>& dimensions) {
    constexpr std::size_t alignment = 64;
    std::string preamble = std::string(npy_magic) + std::string("\1\0\0\0", 4);
    const std::size_t text_begin = preamble.size();
    preamble += "{'descr': '<f4', 'fortran_order': False, 'shape': " + tuple_text(dimensions) + ", }";
    preamble.resize(preamble.size() / alignment * alignment + alignment - 1, ' ');
    preamble += '\n';
    const std::size_t text_bytes = preamble.size() - text_begin;
    preamble[text_begin - 2] = static_cast<char>(text_bytes % 256);
    preamble[text_begin - 1] = static_cast<char>(text_bytes / 256);
    return preamble;
}

/// What a file has, all of it checked.
struct checked_npy {
    std::vector<std::size_t> dimensions;
    std::size_t data_begin = 0;
    bool is_double = false;
};

/// Checks a whole file.
inline result<checked_npy> check_npy(std::string_view file) {
    const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(file[i])}; };
    if (!file.starts_with(npy_magic)) return failure{"is not a NumPy .npy file"};
    if (file.size() < 12) return failure{"is truncated within its header"};

    const std::size_t version = byte(6);
    if (version < 1 || version > 3) {
        return failure{std::string("has .npy version ") + std::to_string(version) +
                       " where 1, 2 or 3 was expected"};
    }
    const std::size_t text_begin = version == 1 ? 10 : 12;
    std::size_t text_bytes = byte(8) | byte(9) << 8;
    if (version > 1) text_bytes |= byte(10) << 16 | byte(11) << 24;
    if (text_bytes > file.size() - text_begin) return failure{"is truncated within its header"};

    const auto header = npy_header_parser(file.substr(text_begin, text_bytes)).parse();
    if (!header) return failure{"has a header that is not that of a plain NumPy array"};
    const bool is_double = *header->type == "<f8";
    if (*header->type != "<f4" && !is_double) {
        return failure{"has values of type " + in_quotes(*header->type) +
                       " where '<f4' or '<f8' (float32 or float64) was expected"};
    }
    if (*header->fortran_order) {
        return failure{"is in Fortran order where C order was expected (numpy.ascontiguousarray makes it)"};
    }
    if (header->dimensions->size() > largest_npy_rank) {
        return failure{std::string("has ") + std::to_string(header->dimensions->size()) +
                       " dimensions where at most " + std::to_string(largest_npy_rank) + " were expected"};
    }

    const std::size_t data_begin = text_begin + text_bytes;
    const std::size_t data_bytes = file.size() - data_begin;
    const auto expected = npy_data_bytes(*header->dimensions, is_double ? 8 : 4);
    const std::string shape = tuple_text(*header->dimensions);
    if (!expected) return failure{"has the shape " + shape + ", which is empty or larger than any memory"};
    if (*expected != data_bytes) {
        return failure{std::string("has ") + std::to_string(data_bytes) + " bytes of values where " +
                       std::to_string(*expected) + " were expected for its shape " + shape};
    }
    return checked_npy{*header->dimensions, data_begin, is_double};
}

static_assert(std::endian::native == std::endian::little, "values lie in a file as in memory");

/// Values as they lie in the file, without alignment.
template <class Stored>
void copy_npy_values(const char* from, xt::xarray<float>& to) {
    for (float& value : to.storage()) {
        Stored stored;
        std::memcpy(&stored, from, sizeof stored);
        value = static_cast<float>(stored);
        from += sizeof stored;
    }
}

inline result<xt::xarray<float>> npy_array(std::string_view file) {
    const auto checked = check_npy(file);
    if (!checked) return failure{checked.error()};
    auto array = xt::xarray<float>::from_shape(checked->dimensions);
    const char* const values = file.data() + checked->data_begin;
    checked->is_double ? copy_npy_values<double>(values, array) : copy_npy_values<float>(values, array);
    return array;
}

}  // namespace detail

/// Reads a .npy file of float32 or float64 (converted) in C order.
inline result<xt::xarray<float>> read_npy(const std::filesystem::path& path) {
    const auto refuse = [&](const std::string& why) { return failure{path.string() + ": " + why}; };
    try {
        const auto bytes = read_file(path);
        if (!bytes) return failure{bytes.error()};
        auto array = detail::npy_array({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
        if (!array) return refuse(array.error());
        return array;
    } catch (const std::exception& error) {
        return refuse(std::string("cannot be read (") + error.what() + ")");
    }
}

/// Writes an xtensor container or expression as a .npy file of float32 in C order: all of it, or nothing and
/// a sentence saying why.
template <class E>
result<void> write_npy(const std::filesystem::path& path, const xt::xexpression<E>& values) {
    try {
        const xt::xarray<float> plain = xt::cast<float>(values.derived_cast());
        std::string file = detail::npy_preamble({plain.shape().begin(), plain.shape().end()});
        file.append(reinterpret_cast<const char*>(plain.data()), plain.size() * sizeof(float));
        return write_file(std::as_bytes(std::span(file)), path);
    } catch (const std::exception& error) {
        return failure{path.string() + ": cannot be written (" + error.what() + ")"};
    }
}

/// A tensor is written with its three dimensions, channels x height x width.
template <class T, shape Shape>
result<void> write_npy(const std::filesystem::path& path, const tensor<T, Shape>& values) {
    return write_npy(path, as_xtensor(values));
}

}  // namespace plait::inline PLAIT_TARGET
