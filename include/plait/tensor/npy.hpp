// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if __has_include(<xtensor/io/xnpy.hpp>)
#include <xtensor/containers/xarray.hpp>
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xnpy.hpp>
#endif

#include "plait/core/result.hpp"
#include "plait/tensor/tensor.hpp"
#include "plait/tensor/xtensor.hpp"

namespace plait {

namespace detail {

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

/// A checked file as xtensor reads it without fail, and what its values are.
struct npy_content {
    std::string file;
    bool is_double = false;
};

/// Checks a whole file. xtensor 0.24 trusts the header: it takes an array's size from it, reads lengths above
/// 127 wrong and wants the keys in one order. So it is given a header written here.
inline result<npy_content> check_npy(std::string file) {
    constexpr std::string_view magic = "\x93NUMPY";
    const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(file[i]));
    };
    if (!file.starts_with(magic)) return failure{"is not a NumPy .npy file"};
    if (file.size() < 12) return failure{"is truncated within its header"};

    const std::size_t version = byte(6);
    if (version < 1 || version > 3) {
        return failure{"has .npy version " + std::to_string(version) + " where 1, 2 or 3 was expected"};
    }
    const std::size_t header_begin = version == 1 ? 10 : 12;
    const std::size_t short_length = byte(8) | byte(9) << 8;
    const std::size_t header_bytes =
        version == 1 ? short_length : short_length | byte(10) << 16 | byte(11) << 24;
    if (header_bytes > file.size() - header_begin) return failure{"is truncated within its header"};

    const auto header = npy_header_parser(std::string_view(file).substr(header_begin, header_bytes)).parse();
    if (!header) return failure{"has a header that is not of a plain NumPy array"};
    const bool is_double = *header->type == "<f8";
    if (*header->type != "<f4" && !is_double) {
        return failure{"has values of type '" + *header->type +
                       "' where '<f4' or '<f8' (float32 or float64) was expected"};
    }
    if (*header->fortran_order) {
        return failure{"is in Fortran order where C order was expected (numpy.ascontiguousarray makes it)"};
    }

    const std::string shape = tuple_text(*header->dimensions);
    const std::size_t data_begin = header_begin + header_bytes;
    const std::size_t data_bytes = file.size() - data_begin;
    const auto expected = npy_data_bytes(*header->dimensions, is_double ? 8 : 4);
    if (!expected) return failure{"has the shape " + shape + ", which is empty or larger than any memory"};
    if (*expected != data_bytes) {
        return failure{"has " + std::to_string(data_bytes) + " bytes of values where " +
                       std::to_string(*expected) + " were expected for its shape " + shape};
    }

    const std::string text =
        "{'descr': '" + *header->type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    std::string plain(magic);
    plain += {'\2', '\0'};
    for (int shift = 0; shift < 32; shift += 8) plain += static_cast<char>(text.size() >> shift);
    file.replace(0, data_begin, plain + text);
    return npy_content{std::move(file), is_double};
}

inline result<xt::xarray<float>> load_checked_npy(npy_content content) {
    try {
        std::istringstream stream(std::move(content.file));
        if (content.is_double) return xt::xarray<float>(xt::cast<float>(xt::load_npy<double>(stream)));
        return xt::xarray<float>(xt::load_npy<float>(stream));
    } catch (const std::exception& error) {
        return failure{std::string("cannot be read (") + error.what() + ")"};
    }
}

inline result<std::string> read_npy_bytes(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return failure{"no such file"};
    if (!std::filesystem::is_regular_file(path, error)) return failure{"is not a regular file"};
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream content;
    if (stream && std::filesystem::file_size(path, error) == 0) return failure{"the file is empty"};
    if (!stream || !(content << stream.rdbuf())) return failure{"cannot be read"};
    return std::move(content).str();
}

}  // namespace detail

/// Reads a .npy file of float32 or float64 (converted) in C order, through xtensor.
inline result<xt::xarray<float>> read_npy(const std::filesystem::path& path) {
    const auto refuse = [&](const std::string& why) { return failure{path.string() + ": " + why}; };
    auto bytes = detail::read_npy_bytes(path);
    if (!bytes) return refuse(bytes.error());
    auto content = detail::check_npy(*std::move(bytes));
    if (!content) return refuse(content.error());
    auto array = detail::load_checked_npy(*std::move(content));
    if (!array) return refuse(array.error());
    return array;
}

/// Writes an xtensor container or expression as a .npy file of float32 in C order.
template <class E>
result<void> write_npy(const std::filesystem::path& path, const xt::xexpression<E>& values) {
    try {
        const xt::xarray<float> plain = xt::cast<float>(values.derived_cast());
        const std::string bytes = xt::dump_npy(plain);
        std::ofstream stream(path, std::ios::binary);
        stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        stream.close();
        if (stream) return {};
        return failure{path.string() + ": cannot be written"};
    } catch (const std::exception& error) {
        return failure{path.string() + ": cannot be written (" + error.what() + ")"};
    }
}

/// A tensor is written with its three dimensions, channels x height x width.
template <class T, shape Shape>
result<void> write_npy(const std::filesystem::path& path, const tensor<T, Shape>& values) {
    return write_npy(path, as_xtensor(values));
}

}  // namespace plait
