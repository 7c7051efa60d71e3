// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "plait/io/json_reader.hpp"
#include "plait/io/safetensors.hpp"

/// Hands what nlohmann-json reads to a handler of plait's json_reader, so that both can be compared.
template <class Handler>
class handler_of_nlohmann {
public:
    explicit handler_of_nlohmann(Handler& handler) : handler_(handler) {}

    bool start_object(std::size_t) { return handler_.object_begin(); }
    bool end_object() { return handler_.object_end(); }
    bool start_array(std::size_t) { return handler_.array_begin(); }
    bool end_array() { return handler_.array_end(); }
    bool key(const std::string& text) { return handler_.key(plait::detail::text(text)); }
    bool string(const std::string& text) { return handler_.string(plait::detail::text(text)); }
    bool number_unsigned(std::uint64_t value) { return handler_.unsigned_integer(value); }
    bool number_integer(std::int64_t value) {
        return value == 0 ? handler_.unsigned_integer(0) : handler_.negative_integer(value);
    }
    bool number_float(double, const std::string& text) { return handler_.other_number(text); }
    bool boolean(bool value) { return handler_.boolean(value); }
    bool null() { return handler_.null(); }
    bool binary(nlohmann::json::binary_t&) { return false; }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
        return handler_.invalid(position);
    }

private:
    Handler& handler_;
};

/// nlohmann-json takes a zero for the end of the text, and skips a byte order mark.
inline bool nlohmann_reads_it_all(std::string_view text) {
    return text.find('\0') == std::string_view::npos && !text.starts_with('\xef');
}

template <class Handler>
bool read_by_nlohmann(std::string_view text, Handler& handler) {
    handler_of_nlohmann<Handler> adapted(handler);
    return nlohmann::json::sax_parse(text.begin(), text.end(), &adapted);
}

/// Writes down every event of any JSON, and stops where it is deeper than a json_reader goes.
class event_list {
public:
    std::string events;

    bool object_begin() { return open('{'); }
    bool object_end() { return close('}'); }
    bool array_begin() { return open('['); }
    bool array_end() { return close(']'); }
    bool key(const std::string& text) { return note("key " + text); }
    bool string(const std::string& text) { return note("string " + text); }
    bool unsigned_integer(std::uint64_t value) { return note("unsigned " + std::to_string(value)); }
    bool negative_integer(std::int64_t value) { return note("negative " + std::to_string(value)); }
    bool other_number(std::string_view text) { return note("number " + std::string(text)); }
    bool boolean(bool value) { return note(value ? "true" : "false"); }
    bool null() { return note("null"); }
    bool invalid(std::size_t position) {
        note("invalid at " + std::to_string(position));
        return false;
    }

private:
    bool note(const std::string& event) {
        events += event + "\n";
        return true;
    }
    bool open(char bracket) {
        ++depth_;
        return note({bracket}) && depth_ < plait::detail::json_reader<event_list>::deepest;
    }
    bool close(char bracket) {
        --depth_;
        return note({bracket});
    }

    int depth_ = 0;
};

/// The events, and whether all was read.
struct json_events {
    bool whole;
    std::string list;

    bool operator==(const json_events&) const = default;
};

inline json_events events_by_plait(std::string_view text) {
    event_list heard;
    const bool whole = plait::detail::json_reader(text, heard).read();
    return {whole, heard.events};
}

inline json_events events_by_nlohmann(std::string_view text) {
    event_list heard;
    const bool whole = read_by_nlohmann(text, heard);
    return {whole, heard.events};
}

/// A header of safetensors as it was gathered, and whether all was read.
struct gathered_header {
    bool whole;
    plait::detail::safetensors_header header;
};

inline gathered_header header_by_plait(std::string_view text) {
    gathered_header gathered{};
    gathered.whole = plait::detail::json_reader(text, gathered.header).read();
    return gathered;
}

inline gathered_header header_by_nlohmann(std::string_view text) {
    gathered_header gathered{};
    gathered.whole = read_by_nlohmann(text, gathered.header);
    return gathered;
}

inline bool is_same(const gathered_header& a, const gathered_header& b) {
    const auto same_entry = [](const plait::detail::header_entry& x, const plait::detail::header_entry& y) {
        return x.name == y.name && x.type == y.type && x.has_dimensions == y.has_dimensions &&
               x.dimensions == y.dimensions && x.has_offsets == y.has_offsets &&
               x.offset_count == y.offset_count && std::ranges::equal(x.offsets, y.offsets);
    };
    const auto same_metadata = [](const plait::metadata_entry& x, const plait::metadata_entry& y) {
        return x.key == y.key && x.value == y.value;
    };
    return a.whole == b.whole && a.header.refusal == b.header.refusal &&
           std::ranges::equal(a.header.entries, b.header.entries, same_entry) &&
           std::ranges::equal(a.header.metadata, b.header.metadata, same_metadata);
}
