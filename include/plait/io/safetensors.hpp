// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "plait/core/half.hpp"
#include "plait/core/in_quotes.hpp"
#include "plait/core/result.hpp"

// What runs a few times a file is [[gnu::cold]]: compilers make it small, and every unit that loads weights
// compiles a second faster.

namespace plait::inline PLAIT_TARGET {

/// What a stored tensor is made of: safetensors' dtype.
enum class element_type { boolean, u8, i8, i16, u16, f16, bf16, i32, u32, f32, i64, u64, f64 };

namespace detail {

struct element_description {
    std::string_view name;
    int bytes;
};

inline constexpr element_description element_descriptions[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"U16", 2}, {"F16", 2}, {"BF16", 2},
    {"I32", 4},  {"U32", 4}, {"F32", 4}, {"I64", 8}, {"U64", 8}, {"F64", 8},
};

}  // namespace detail

/// As the format writes it: "F32".
constexpr std::string_view name_of(element_type type) {
    return detail::element_descriptions[static_cast<int>(type)].name;
}

/// Bytes of one value.
constexpr int element_bytes(element_type type) {
    return detail::element_descriptions[static_cast<int>(type)].bytes;
}

/// One tensor of a file: `bytes` is the row-major, little-endian content, at any alignment.
struct stored_tensor {
    std::string name;
    element_type type = element_type::f32;
    std::vector<std::int64_t> dimensions;
    std::span<const std::byte> bytes;

    /// How many values it has.
    std::int64_t elements() const { return static_cast<std::int64_t>(bytes.size()) / element_bytes(type); }
};

/// An entry of the header's `__metadata__`.
struct metadata_entry {
    std::string key;
    std::string value;
};

/// A view of a safetensors file in memory, in which every tensor has been checked: the bytes must outlive it.
class safetensors {
public:
    /// `source_name` begins the sentence of a refusal.
    static result<safetensors> parse(std::span<const std::byte> file,
                                     std::string_view source_name = "weights");

    /// In order of their names.
    const std::vector<stored_tensor>& tensors() const { return tensors_; }

    /// Null if there is no tensor of that name.
    const stored_tensor* find(std::string_view name) const {
        const auto at = std::lower_bound(
            tensors_.begin(), tensors_.end(), name,
            [](const stored_tensor& tensor, std::string_view wanted) { return tensor.name < wanted; });
        return at != tensors_.end() && at->name == name ? &*at : nullptr;
    }

    /// The file's `__metadata__`, in order of its keys.
    const std::vector<metadata_entry>& metadata() const { return metadata_; }

private:
    safetensors(std::vector<stored_tensor> tensors, std::vector<metadata_entry> metadata)
        : tensors_(std::move(tensors)), metadata_(std::move(metadata)) {}

    std::vector<stored_tensor> tensors_;
    std::vector<metadata_entry> metadata_;
};

namespace detail {

/// The format's own limit on the header.
inline constexpr std::uint64_t largest_safetensors_header = 100'000'000;

/// PyTorch's limit on the dimensions of a tensor.
inline constexpr std::size_t largest_tensor_rank = 64;

/// "[24, 3, 3, 3]"
[[gnu::cold]] inline std::string bracketed(std::span<const std::int64_t> dimensions) {
    std::string text = "[";
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(dimensions[i]);
    }
    return text + "]";
}

template <class Unsigned>
Unsigned load_little_endian(const std::byte* from) {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
        value = static_cast<Unsigned>(value | static_cast<Unsigned>(from[i]) << (8 * i));
    }
    return value;
}

inline std::optional<element_type> element_type_named(std::string_view name) {
    int index = 0;
    for (const element_description& known : element_descriptions) {
        if (known.name == name) return static_cast<element_type>(index);
        ++index;
    }
    return std::nullopt;
}

/// A tensor as the header gives it.
struct header_entry {
    std::string name;
    std::optional<element_type> type;
    std::optional<std::vector<std::int64_t>> dimensions;
    std::optional<std::vector<std::uint64_t>> offsets;

    std::uint64_t begin() const { return (*offsets)[0]; }
    std::uint64_t end() const { return (*offsets)[1]; }
};

/// Gathers a header from the events of nlohmann::json's SAX parser, stopping at the first that does not
/// belong. No nesting is deeper than the format's own, so no input can make it deep.
class safetensors_header {
public:
    std::vector<header_entry> entries;
    std::vector<metadata_entry> metadata;
    std::string refusal;

    [[gnu::cold]] bool start_object(std::size_t) {
        if (place_ == place::outside) {
            place_ = place::header;
            return true;
        }
        if (place_ != place::header) return refuse_value("an object");
        if (key_ == "__metadata__") {
            if (std::exchange(has_metadata_, true)) return refuse("'__metadata__' is there twice");
            place_ = place::metadata;
        } else {
            entries.push_back({key_, {}, {}, {}});
            place_ = place::entry;
        }
        return true;
    }

    bool end_object() {
        if (place_ == place::entry) return end_entry();
        place_ = place_ == place::metadata ? place::header : place::outside;
        return true;
    }

    [[gnu::cold]] bool key(std::string& text) {
        key_ = text;
        if (place_ != place::entry) return true;
        const bool is_type = key_ == "dtype", is_shape = key_ == "shape", is_offsets = key_ == "data_offsets";
        if (!is_type && !is_shape && !is_offsets)
            return refuse_entry(std::string("has an unknown field ") + in_quotes(key_));
        const bool seen =
            (is_type && entry().type) || (is_shape && entry().dimensions) || (is_offsets && entry().offsets);
        return seen ? refuse_entry("has the field '" + key_ + "' twice") : true;
    }

    [[gnu::cold]] bool string(std::string& text) {
        if (place_ == place::metadata) {
            metadata.push_back({key_, text});
            return true;
        }
        if (place_ != place::entry || key_ != "dtype") return refuse_value("a string");
        entry().type = element_type_named(text);
        return entry().type ? true
                            : refuse_entry(std::string("has the unsupported dtype ") + in_quotes(text));
    }

    [[gnu::cold]] bool start_array(std::size_t) {
        if (place_ == place::entry && key_ == "shape") {
            entry().dimensions.emplace();
            place_ = place::shape;
            return true;
        }
        if (place_ == place::entry && key_ == "data_offsets") {
            entry().offsets.emplace();
            place_ = place::offsets;
            return true;
        }
        return refuse_value("an array");
    }

    bool end_array() {
        if (place_ == place::offsets && entry().offsets->size() != 2) return refuse_offset_count();
        place_ = place::entry;
        return true;
    }

    [[gnu::cold]] bool number_unsigned(std::uint64_t number) {
        if (place_ == place::shape) {
            if (number > std::numeric_limits<std::int64_t>::max()) {
                return refuse_entry(std::string("has the dimension ") + std::to_string(number) +
                                    ", which is too large");
            }
            if (entry().dimensions->size() == largest_tensor_rank) {
                return refuse_entry(std::string("has more than ") + std::to_string(largest_tensor_rank) +
                                    " dimensions");
            }
            entry().dimensions->push_back(static_cast<std::int64_t>(number));
            return true;
        }
        if (place_ == place::offsets) {
            if (entry().offsets->size() == 2) return refuse_offset_count();
            entry().offsets->push_back(number);
            return true;
        }
        return refuse_value("a number");
    }

    [[gnu::cold]] bool number_integer(std::int64_t number) {
        if (number >= 0) return number_unsigned(static_cast<std::uint64_t>(number));
        if (place_ == place::shape)
            return refuse_entry(std::string("has the negative dimension ") + std::to_string(number));
        if (place_ == place::offsets)
            return refuse_entry(std::string("has the negative offset ") + std::to_string(number));
        return refuse_value("a number");
    }

    [[gnu::cold]] bool number_float(double, const std::string& text) {
        if (place_ == place::shape)
            return refuse_entry(std::string("has the dimension ") + in_quotes(text) + ", no 64-bit integer");
        if (place_ == place::offsets)
            return refuse_entry(std::string("has the offset ") + in_quotes(text) + ", no 64-bit integer");
        return refuse_value("a number");
    }

    bool null() { return refuse_value("null"); }
    bool boolean(bool) { return refuse_value("a boolean"); }
    bool binary(nlohmann::json::binary_t&) { return refuse_value("binary data"); }

    [[gnu::cold]] bool parse_error(std::size_t position, const std::string&,
                                   const nlohmann::detail::exception&) {
        return refuse(std::string("the header is not valid JSON at its byte ") + std::to_string(position));
    }

private:
    enum class place { outside, header, metadata, entry, shape, offsets };

    header_entry& entry() { return entries.back(); }

    [[gnu::cold]] bool end_entry() {
        if (!entry().type) return refuse_entry("has no dtype");
        if (!entry().dimensions) return refuse_entry("has no shape");
        if (!entry().offsets) return refuse_entry("has no data_offsets");
        place_ = place::header;
        return true;
    }

    [[gnu::cold]] bool refuse(std::string why) {
        refusal = std::move(why);
        return false;
    }

    [[gnu::cold]] bool refuse_entry(const std::string& why) {
        return refuse(std::string("tensor ") + in_quotes(entry().name) + " " + why);
    }

    [[gnu::cold]] bool refuse_offset_count() {
        return refuse_entry("has more or fewer than two data_offsets");
    }

    /// Refuses a value that may not stand where it does.
    [[gnu::cold]] bool refuse_value(const std::string& found) {
        switch (place_) {
            case place::outside: return refuse("the header is " + found + " where an object was expected");
            case place::header:
                return refuse(in_quotes(key_) + " is " + found + " where an object was expected");
            case place::metadata:
                return refuse(std::string("metadata ") + in_quotes(key_) + " is " + found +
                              " where a string was expected");
            case place::shape:
                return refuse_entry("has " + found + " in its shape where integers were expected");
            case place::offsets:
                return refuse_entry("has " + found + " in its data_offsets where integers were expected");
            case place::entry: break;
        }
        return refuse_entry("has " + found + " as " + key_ + " where " +
                            (key_ == "dtype" ? "a string" : "an array") + " was expected");
    }

    place place_ = place::outside;
    bool has_metadata_ = false;
    std::string key_;
};

/// Bytes that the shape and type ask for; nothing if that is no 64-bit number.
inline std::optional<std::uint64_t> expected_bytes(const header_entry& entry) {
    auto bytes = static_cast<std::uint64_t>(element_bytes(*entry.type));
    for (const std::int64_t dimension : *entry.dimensions) {
        const auto factor = static_cast<std::uint64_t>(dimension);
        if (factor != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
        bytes *= factor;
    }
    return bytes;
}

[[gnu::cold]] inline std::string interval(std::uint64_t begin, std::uint64_t end) {
    std::string text = "[";
    text += std::to_string(begin);
    return text + ", " + std::to_string(end) + ")";
}

/// Why one tensor does not fit into `size` bytes of data; empty if it does.
[[gnu::cold]] inline std::string why_misplaced(const header_entry& entry, std::uint64_t size) {
    const std::string range = interval(entry.begin(), entry.end());
    if (entry.begin() > entry.end()) return "has the reversed data_offsets " + range;
    if (entry.end() > size) {
        return "has the data_offsets " + range + ", out of the file's " + std::to_string(size) +
               " bytes of data";
    }
    const std::string described =
        "has shape " + bracketed(*entry.dimensions) + " and dtype " + std::string(name_of(*entry.type));
    const std::optional<std::uint64_t> expected = expected_bytes(entry);
    if (!expected) return described + ", more bytes than 64 bits count";
    if (*expected != entry.end() - entry.begin()) {
        return described + ", " + std::to_string(*expected) + " bytes, but the data_offsets " + range;
    }
    return "";
}

/// Why the tensors do not cover the `size` bytes of data exactly; empty if they do.
[[gnu::cold]] inline std::string why_not_covered(const std::vector<header_entry>& entries,
                                                 std::uint64_t size) {
    std::vector<const header_entry*> in_place;
    in_place.reserve(entries.size());
    for (const header_entry& entry : entries) in_place.push_back(&entry);
    std::sort(in_place.begin(), in_place.end(), [](const header_entry* a, const header_entry* b) {
        return std::pair(a->begin(), a->end()) < std::pair(b->begin(), b->end());
    });

    std::uint64_t covered = 0;
    const header_entry* before = nullptr;
    for (const header_entry* entry : in_place) {
        if (entry->begin() < covered) {
            return std::string("tensors ") + in_quotes(before->name) + " and " + in_quotes(entry->name) +
                   " overlap";
        }
        if (entry->begin() > covered) {
            return "the bytes " + interval(covered, entry->begin()) + " before tensor " +
                   in_quotes(entry->name) + " belong to no tensor";
        }
        covered = entry->end();
        before = entry;
    }
    if (covered == size) return "";
    return "the bytes " + interval(covered, size) + " after the last tensor belong to no tensor";
}

/// Of a sorted range, the first element whose name is also its neighbour's.
template <class Entries, class Name>
auto first_repeated(const Entries& entries, Name Entries::value_type::*name) {
    return std::adjacent_find(entries.begin(), entries.end(),
                              [name](const auto& a, const auto& b) { return a.*name == b.*name; });
}

}  // namespace detail

[[gnu::cold]] inline result<safetensors> safetensors::parse(std::span<const std::byte> file,
                                                            std::string_view source_name) {
    const auto refuse = [source_name](const std::string& why) {
        return failure{std::string(source_name) + ": " + why};
    };

    constexpr std::size_t length_bytes = 8;
    if (file.size() < length_bytes) {
        return refuse(std::string("has ") + std::to_string(file.size()) +
                      " bytes where at least 8 were expected");
    }
    const auto length = detail::load_little_endian<std::uint64_t>(file.data());
    const std::size_t available = file.size() - length_bytes;
    if (length > available) {
        return refuse(std::string("has a header of ") + std::to_string(length) + " bytes but only " +
                      std::to_string(available) + " bytes after its length; not safetensors, or truncated");
    }
    if (length > detail::largest_safetensors_header) {
        return refuse(std::string("has a header of ") + std::to_string(length) + " bytes where at most " +
                      std::to_string(detail::largest_safetensors_header) + " were expected");
    }

    const auto* const text = reinterpret_cast<const char*>(file.data()) + length_bytes;
    const std::string_view header_text(text, static_cast<std::size_t>(length));
    const std::span<const std::byte> data = file.subspan(length_bytes + header_text.size());
    if (!header_text.starts_with('{'))
        return refuse("the header does not begin with '{' as a JSON object does");
    // The parser takes a zero for the end of the text.
    if (const std::size_t zero = header_text.find('\0'); zero != std::string_view::npos) {
        return refuse(std::string("the header is not valid JSON at its byte ") + std::to_string(zero + 1));
    }

    detail::safetensors_header header;
    if (!nlohmann::json::sax_parse(header_text.begin(), header_text.end(), &header))
        return refuse(header.refusal);

    std::sort(header.entries.begin(), header.entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(header.metadata.begin(), header.metadata.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    const auto twice = detail::first_repeated(header.entries, &detail::header_entry::name);
    if (twice != header.entries.end())
        return refuse("tensor " + detail::in_quotes(twice->name) + " is there twice");
    const auto key_twice = detail::first_repeated(header.metadata, &metadata_entry::key);
    if (key_twice != header.metadata.end()) {
        return refuse("metadata " + detail::in_quotes(key_twice->key) + " is there twice");
    }

    for (const detail::header_entry& entry : header.entries) {
        const std::string why = detail::why_misplaced(entry, data.size());
        if (!why.empty()) return refuse("tensor " + detail::in_quotes(entry.name) + " " + why);
    }
    const std::string why = detail::why_not_covered(header.entries, data.size());
    if (!why.empty()) return refuse(why);

    std::vector<stored_tensor> tensors;
    for (detail::header_entry& entry : header.entries) {
        const std::size_t begin = entry.begin();
        const std::size_t size = entry.end() - begin;
        tensors.push_back(
            {std::move(entry.name), *entry.type, std::move(*entry.dimensions), data.subspan(begin, size)});
    }
    return safetensors(std::move(tensors), std::move(header.metadata));
}

/// bfloat16: the upper half of a float.
inline float bfloat_to_float(std::uint16_t bfloat) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bfloat) << 16);
}

/// Writes the tensor's `elements()` to `to`, from F32, F16 or BF16. Of another type it writes nothing and
/// returns false.
inline bool copy_as_float(const stored_tensor& from, float* to) {
    const std::byte* source = from.bytes.data();
    const std::int64_t elements = from.elements();
    switch (from.type) {
        case element_type::f32:
            for (std::int64_t i = 0; i < elements; ++i) {
                to[i] = std::bit_cast<float>(detail::load_little_endian<std::uint32_t>(source + 4 * i));
            }
            return true;
        case element_type::f16:
            for (std::int64_t i = 0; i < elements; ++i) {
                to[i] = half_to_float(detail::load_little_endian<std::uint16_t>(source + 2 * i));
            }
            return true;
        case element_type::bf16:
            for (std::int64_t i = 0; i < elements; ++i) {
                to[i] = bfloat_to_float(detail::load_little_endian<std::uint16_t>(source + 2 * i));
            }
            return true;
        default: return false;
    }
}

}  // namespace plait::inline PLAIT_TARGET
