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

#include "plait/core/half.hpp"
#include "plait/core/in_quotes.hpp"
#include "plait/core/result.hpp"
#include "plait/core/sort_by.hpp"
#include "plait/io/json_reader.hpp"

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
    detail::unshared<std::string> name;
    element_type type = element_type::f32;
    detail::unshared<std::vector<std::int64_t>> dimensions;
    std::span<const std::byte> bytes;

    /// How many values it has.
    std::int64_t elements() const { return static_cast<std::int64_t>(bytes.size()) / element_bytes(type); }
};

/// An entry of the header's `__metadata__`.
struct metadata_entry {
    detail::unshared<std::string> key;
    detail::unshared<std::string> value;
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
        const auto at = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                         [](const stored_tensor& tensor, std::string_view wanted) {
                                             return detail::is_less(tensor.name, wanted);
                                         });
        return at != tensors_.end() && detail::is_equal(at->name, name) ? &*at : nullptr;
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

/// Whether a file says that it holds a network in int8.
[[gnu::cold]] inline bool is_kept_in_int8(const safetensors& file) {
    bool found = false;
    for (const metadata_entry& entry : file.metadata())
        found = found || (is_equal(entry.key, "plait.precision") && is_equal(entry.value, "int8"));
    return found;
}

}  // namespace detail

namespace detail {

/// The format's own limit on the header.
inline constexpr std::uint64_t largest_safetensors_header = 100'000'000;

/// PyTorch's limit on the dimensions of a tensor.
inline constexpr std::size_t largest_tensor_rank = 64;

/// "[24, 3, 3, 3]"
[[gnu::cold]] inline text bracketed(std::span<const std::int64_t> dimensions) {
    text written("[");
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        if (i > 0) written << ", ";
        written << dimensions[i];
    }
    written << "]";
    return written;
}

[[gnu::flatten, gnu::noinline]] inline void add_dimension(std::vector<std::int64_t>& to,
                                                          std::int64_t dimension) {
    to.push_back(dimension);
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
        if (is_equal(known.name, name)) return static_cast<element_type>(index);
        ++index;
    }
    return std::nullopt;
}

/// A tensor as the header gives it.
struct header_entry {
    unshared<std::string> name;
    std::optional<element_type> type;
    bool has_dimensions = false;
    unshared<std::vector<std::int64_t>> dimensions;
    bool has_offsets = false;
    int offset_count = 0;
    std::uint64_t offsets[2] = {};

    std::uint64_t begin() const { return offsets[0]; }
    std::uint64_t end() const { return offsets[1]; }
};

/// Gathers a header from the events of a json_reader, stopping at the first that does not belong.
class safetensors_header {
public:
    std::vector<header_entry> entries;
    std::vector<metadata_entry> metadata;
    text refusal;

    [[gnu::cold]] bool object_begin() {
        if (place_ == place::outside) {
            place_ = place::header;
            return true;
        }
        if (place_ != place::header) return refuse_value("an object");
        if (is_equal(key_, "__metadata__")) {
            if (std::exchange(has_metadata_, true)) return refuse("'__metadata__' is there twice");
            place_ = place::metadata;
        } else {
            entries.emplace_back().name = key_;
            place_ = place::entry;
        }
        return true;
    }

    bool object_end() {
        if (place_ == place::entry) return end_entry();
        place_ = place_ == place::metadata ? place::header : place::outside;
        return true;
    }

    [[gnu::cold]] bool key(const text& written) {
        key_ = written;
        if (place_ != place::entry) return true;
        const bool is_type = is_equal(key_, "dtype"), is_shape = is_equal(key_, "shape"),
                   is_offsets = is_equal(key_, "data_offsets");
        if (!is_type && !is_shape && !is_offsets)
            return refuse(of_entry() << "has an unknown field " << in_quotes(key_));
        const bool seen = (is_type && entry().type) || (is_shape && entry().has_dimensions) ||
                          (is_offsets && entry().has_offsets);
        return seen ? refuse(of_entry() << "has the field '" << key_ << "' twice") : true;
    }

    [[gnu::cold]] bool string(const text& written) {
        if (place_ == place::metadata) {
            metadata_entry& added = metadata.emplace_back();
            added.key = key_;
            added.value = written;
            return true;
        }
        if (place_ != place::entry || !is_equal(key_, "dtype")) return refuse_value("a string");
        entry().type = element_type_named(written);
        return entry().type ? true : refuse(of_entry() << "has the unsupported dtype " << in_quotes(written));
    }

    [[gnu::cold]] bool array_begin() {
        if (place_ == place::entry && is_equal(key_, "shape")) {
            entry().has_dimensions = true;
            place_ = place::shape;
            return true;
        }
        if (place_ == place::entry && is_equal(key_, "data_offsets")) {
            entry().has_offsets = true;
            place_ = place::offsets;
            return true;
        }
        return refuse_value("an array");
    }

    bool array_end() {
        if (place_ == place::offsets && entry().offset_count != 2) return refuse_offset_count();
        place_ = place::entry;
        return true;
    }

    [[gnu::cold]] bool unsigned_integer(std::uint64_t number) {
        if (place_ == place::shape) {
            if (number > std::numeric_limits<std::int64_t>::max())
                return refuse(of_entry() << "has the dimension " << number << ", which is too large");
            if (entry().dimensions.size() == largest_tensor_rank)
                return refuse(of_entry() << "has more than " << largest_tensor_rank << " dimensions");
            add_dimension(entry().dimensions, static_cast<std::int64_t>(number));
            return true;
        }
        if (place_ == place::offsets) {
            if (entry().offset_count == 2) return refuse_offset_count();
            entry().offsets[entry().offset_count++] = number;
            return true;
        }
        return refuse_value("a number");
    }

    [[gnu::cold]] bool negative_integer(std::int64_t number) {
        if (place_ == place::shape) return refuse(of_entry() << "has the negative dimension " << number);
        if (place_ == place::offsets) return refuse(of_entry() << "has the negative offset " << number);
        return refuse_value("a number");
    }

    [[gnu::cold]] bool other_number(std::string_view written) {
        if (place_ != place::shape && place_ != place::offsets) return refuse_value("a number");
        return refuse(of_entry() << (place_ == place::shape ? "has the dimension " : "has the offset ")
                                 << in_quotes(written) << ", no 64-bit integer");
    }

    bool null() { return refuse_value("null"); }
    bool boolean(bool) { return refuse_value("a boolean"); }

    [[gnu::cold]] bool invalid(std::size_t position) {
        return refuse(text("the header is not valid JSON at its byte ") << position);
    }

private:
    enum class place { outside, header, metadata, entry, shape, offsets };

    header_entry& entry() { return entries.back(); }

    [[gnu::cold]] bool end_entry() {
        if (!entry().type) return refuse(of_entry() << "has no dtype");
        if (!entry().has_dimensions) return refuse(of_entry() << "has no shape");
        if (!entry().has_offsets) return refuse(of_entry() << "has no data_offsets");
        place_ = place::header;
        return true;
    }

    [[gnu::cold]] bool refuse(std::string_view why) {
        refusal = text(why);
        return false;
    }

    /// "tensor 'name' "
    [[gnu::cold]] text of_entry() {
        text begun("tensor ");
        begun << in_quotes(entry().name) << " ";
        return begun;
    }

    [[gnu::cold]] bool refuse_offset_count() {
        return refuse(of_entry() << "has more or fewer than two data_offsets");
    }

    /// Refuses a value that may not stand where it does.
    [[gnu::cold]] bool refuse_value(std::string_view found) {
        switch (place_) {
            case place::outside:
                return refuse(text("the header is ") << found << " where an object was expected");
            case place::header:
                return refuse(in_quotes(key_) << " is " << found << " where an object was expected");
            case place::metadata:
                return refuse(text("metadata ")
                              << in_quotes(key_) << " is " << found << " where a string was expected");
            case place::shape:
                return refuse(of_entry() << "has " << found << " in its shape where integers were expected");
            case place::offsets:
                return refuse(of_entry()
                              << "has " << found << " in its data_offsets where integers were expected");
            case place::entry: break;
        }
        return refuse(of_entry() << "has " << found << " as " << key_ << " where "
                                 << (is_equal(key_, "dtype") ? "a string" : "an array") << " was expected");
    }

    place place_ = place::outside;
    bool has_metadata_ = false;
    text key_;
};

/// Bytes that the shape and type ask for; nothing if that is no 64-bit number.
inline std::optional<std::uint64_t> expected_bytes(const header_entry& entry) {
    auto bytes = static_cast<std::uint64_t>(element_bytes(*entry.type));
    for (const std::int64_t dimension : entry.dimensions) {
        const auto factor = static_cast<std::uint64_t>(dimension);
        if (factor != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
        bytes *= factor;
    }
    return bytes;
}

[[gnu::cold]] inline text interval(std::uint64_t begin, std::uint64_t end) {
    text written("[");
    written << begin << ", " << end << ")";
    return written;
}

/// Why one tensor does not fit into `size` bytes of data; empty if it does.
[[gnu::cold]] inline text why_misplaced(const header_entry& entry, std::uint64_t size) {
    text why;
    const text range = interval(entry.begin(), entry.end());
    if (entry.begin() > entry.end()) {
        why << "has the reversed data_offsets " << range;
        return why;
    }
    if (entry.end() > size) {
        why << "has the data_offsets " << range << ", out of the file's " << size << " bytes of data";
        return why;
    }
    const std::optional<std::uint64_t> expected = expected_bytes(entry);
    if (expected && *expected == entry.end() - entry.begin()) return why;
    why << "has shape " << bracketed(entry.dimensions) << " and dtype " << name_of(*entry.type);
    if (expected)
        why << ", " << *expected << " bytes, but the data_offsets " << range;
    else
        why << ", more bytes than 64 bits count";
    return why;
}

/// Why the tensors do not cover the `size` bytes of data exactly; empty if they do.
[[gnu::cold]] inline text why_not_covered(const std::vector<header_entry>& entries, std::uint64_t size) {
    std::vector<const header_entry*> in_place;
    in_place.reserve(entries.size());
    for (const header_entry& entry : entries) in_place.push_back(&entry);
    sort_by(in_place, [](const header_entry* a, const header_entry* b) {
        if (a->begin() != b->begin()) return a->begin() < b->begin();
        return a->end() != b->end() ? a->end() < b->end() : a < b;
    });

    text why;
    std::uint64_t covered = 0;
    const header_entry* before = nullptr;
    for (const header_entry* entry : in_place) {
        if (entry->begin() < covered) {
            why << "tensors " << in_quotes(before->name) << " and " << in_quotes(entry->name) << " overlap";
            return why;
        }
        if (entry->begin() > covered) {
            why << "the bytes " << interval(covered, entry->begin()) << " before tensor "
                << in_quotes(entry->name) << " belong to no tensor";
            return why;
        }
        covered = entry->end();
        before = entry;
    }
    if (covered != size)
        why << "the bytes " << interval(covered, size) << " after the last tensor belong to no tensor";
    return why;
}

/// Of a sorted range, the first element whose name is also its neighbour's.
template <class Entries, class Name>
auto first_repeated(const Entries& entries, Name Entries::value_type::*name) {
    return std::adjacent_find(entries.begin(), entries.end(),
                              [name](const auto& a, const auto& b) { return is_equal(a.*name, b.*name); });
}

}  // namespace detail

[[gnu::cold]] inline result<safetensors> safetensors::parse(std::span<const std::byte> file,
                                                            std::string_view source_name) {
    using detail::text;
    const auto refuse = [source_name](std::string_view why) {
        text sentence(source_name);
        sentence << ": " << why;
        return failure{std::move(sentence)};
    };

    constexpr std::size_t length_bytes = 8;
    if (file.size() < length_bytes)
        return refuse(text("has ") << file.size() << " bytes where at least 8 were expected");
    const auto length = detail::load_little_endian<std::uint64_t>(file.data());
    const std::size_t available = file.size() - length_bytes;
    if (length > available) {
        return refuse(text("has a header of ") << length << " bytes but only " << available
                                               << " bytes after its length; not safetensors, or truncated");
    }
    if (length > detail::largest_safetensors_header) {
        return refuse(text("has a header of ") << length << " bytes where at most "
                                               << detail::largest_safetensors_header << " were expected");
    }

    const std::string_view header_text(reinterpret_cast<const char*>(file.data()) + length_bytes,
                                       static_cast<std::size_t>(length));
    const std::span<const std::byte> data = file.subspan(length_bytes + header_text.size());
    if (header_text.empty() || header_text[0] != '{')
        return refuse("the header does not begin with '{' as a JSON object does");

    detail::safetensors_header header;
    if (!detail::json_reader(header_text, header).read()) return refuse(header.refusal);

    detail::sort_by(header.entries,
                    [](const auto& a, const auto& b) { return detail::is_less(a.name, b.name); });
    detail::sort_by(header.metadata,
                    [](const auto& a, const auto& b) { return detail::is_less(a.key, b.key); });
    const auto twice = detail::first_repeated(header.entries, &detail::header_entry::name);
    if (twice != header.entries.end())
        return refuse(text("tensor ") << detail::in_quotes(twice->name) << " is there twice");
    const auto key_twice = detail::first_repeated(header.metadata, &metadata_entry::key);
    if (key_twice != header.metadata.end())
        return refuse(text("metadata ") << detail::in_quotes(key_twice->key) << " is there twice");

    for (const detail::header_entry& entry : header.entries) {
        const text why = detail::why_misplaced(entry, data.size());
        if (!why.empty()) return refuse(text("tensor ") << detail::in_quotes(entry.name) << " " << why);
    }
    const text why = detail::why_not_covered(header.entries, data.size());
    if (!why.empty()) return refuse(why);

    const auto at = [&](std::uint64_t place) { return data.begin() + static_cast<std::ptrdiff_t>(place); };
    std::vector<stored_tensor> tensors;
    tensors.reserve(header.entries.size());
    for (detail::header_entry& entry : header.entries) {
        stored_tensor& added = tensors.emplace_back();
        added.name = std::move(entry.name);
        added.type = *entry.type;
        added.dimensions = std::move(entry.dimensions);
        added.bytes = {at(entry.begin()), at(entry.end())};
    }
    return safetensors(std::move(tensors), std::move(header.metadata));
}

namespace detail {

inline double double_at(const std::byte* values, std::int64_t index) {
    return std::bit_cast<double>(load_little_endian<std::uint64_t>(values + 8 * index));
}

}  // namespace detail

/// Whether the tensor's value is a finite F64 that `copy_as_float` makes an infinity of.
inline bool is_beyond_float(const stored_tensor& tensor, std::int64_t index) {
    if (tensor.type != element_type::f64) return false;
    constexpr std::uint64_t infinity = std::uint64_t{0x7ff} << 52;
    constexpr auto rounds_to_infinity = std::bit_cast<std::uint64_t>(0x1.ffffffp127);
    const auto bits = std::bit_cast<std::uint64_t>(detail::double_at(tensor.bytes.data(), index));
    const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63);
    return magnitude >= rounds_to_infinity && magnitude < infinity;
}

/// bfloat16: the upper half of a float.
inline float bfloat_to_float(std::uint16_t bfloat) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bfloat) << 16);
}

/// What `copy_as_float` takes, for a sentence.
inline constexpr std::string_view float_types = "F64, F32, F16 or BF16";

/// Writes the tensor's `elements()` to `to`, from `float_types`; F64 is rounded, to infinity where it is
/// beyond float's range. Of another type it writes nothing and returns false.
inline bool copy_as_float(const stored_tensor& from, float* to) {
    const std::byte* source = from.bytes.data();
    const std::int64_t elements = from.elements();
    switch (from.type) {
        case element_type::f64:
            for (std::int64_t i = 0; i < elements; ++i)
                to[i] = static_cast<float>(detail::double_at(source, i));
            return true;
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
