// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "plait/core/text.hpp"

// What a network's weights need of JSON (RFC 8259), all of it strict: no comments, no comma too many, strings
// in UTF-8, numbers that a double can hold.

namespace plait::inline PLAIT_TARGET::detail {

enum class json_token {
    object_begin,
    object_end,
    array_begin,
    array_end,
    colon,
    comma,
    string,
    unsigned_integer,
    negative_integer,
    other_number,
    true_literal,
    false_literal,
    null_literal,
    text_end,
    none
};

/// JSON text, token by token.
class json_tokens {
public:
    explicit json_tokens(std::string_view json) : json_(json) {}

    /// The next token, or none where there is no valid one.
    [[gnu::cold]] json_token next() {
        int byte = take();
        while (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') byte = take();
        switch (byte) {
            case at_end: return json_token::text_end;
            case '{': return json_token::object_begin;
            case '}': return json_token::object_end;
            case '[': return json_token::array_begin;
            case ']': return json_token::array_end;
            case ':': return json_token::colon;
            case ',': return json_token::comma;
            case '"': return string_rest() ? json_token::string : json_token::none;
            case 't': return rest_is("rue") ? json_token::true_literal : json_token::none;
            case 'f': return rest_is("alse") ? json_token::false_literal : json_token::none;
            case 'n': return rest_is("ull") ? json_token::null_literal : json_token::none;
            default: return number(byte);
        }
    }

    /// Bytes that were read: the last is the last of a token, or the first that is none's. The end counts as
    /// one.
    std::size_t position() const { return read_; }

    /// Of the string that was read last.
    const text& string() const { return string_; }

    /// Of the number that was read last.
    std::string_view number_text() const { return number_; }
    std::uint64_t magnitude() const { return magnitude_; }

private:
    static constexpr int at_end = -1;

    int take() {
        const std::size_t at = read_++;
        return at < json_.size() ? static_cast<unsigned char>(json_[at]) : at_end;
    }

    bool rest_is(std::string_view rest) {
        return std::all_of(rest.begin(), rest.end(), [this](char c) { return take() == c; });
    }

    void append(int byte) { string_.add_byte(static_cast<char>(byte)); }

    [[gnu::cold]] bool string_rest() {
        string_ = text();
        for (int byte = take(); byte != '"'; byte = take()) {
            constexpr int space = 0x20;
            if (byte < space) return false;
            if (!(byte == '\\' ? escape() : character(byte))) return false;
        }
        return true;
    }

    /// A character in UTF-8, as table 3-7 of the Unicode standard has them.
    [[gnu::cold]] bool character(int first) {
        append(first);
        if (first < 0x80) return true;
        if (first < 0xc2 || first > 0xf4) return false;
        int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        for (int rest = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3; rest > 0; --rest) {
            const int byte = take();
            if (byte < least || byte > most) return false;
            append(byte);
            least = 0x80;
            most = 0xbf;
        }
        return true;
    }

    [[gnu::cold]] bool escape() {
        const int byte = take();
        switch (byte) {
            case '"':
            case '\\':
            case '/': append(byte); return true;
            case 'b': append('\b'); return true;
            case 'f': append('\f'); return true;
            case 'n': append('\n'); return true;
            case 'r': append('\r'); return true;
            case 't': append('\t'); return true;
            case 'u': return code_point();
            default: return false;
        }
    }

    /// What follows a backslash and a u: four digits, or a pair of surrogates.
    [[gnu::cold]] bool code_point() {
        constexpr int high = 0xd800, low = 0xdc00, surrogates_end = 0xe000;
        int code = four_digits();
        if (code < 0 || (code >= low && code < surrogates_end)) return false;
        if (code >= high && code < low) {
            if (take() != '\\' || take() != 'u') return false;
            const int second = four_digits();
            if (second < low || second >= surrogates_end) return false;
            code = 0x10000 + (code - high) * 0x400 + (second - low);
        }
        if (code < 0x80) {
            append(code);
            return true;
        }
        const auto continuation = [&](int shift) { append(0x80 | (code >> shift & 0x3f)); };
        if (code < 0x800) {
            append(0xc0 | code >> 6);
        } else {
            if (code < 0x10000) {
                append(0xe0 | code >> 12);
            } else {
                append(0xf0 | code >> 18);
                continuation(12);
            }
            continuation(6);
        }
        continuation(0);
        return true;
    }

    /// Of hexadecimal; negative where they are none.
    [[gnu::cold]] int four_digits() {
        int code = 0;
        for (int i = 0; i < 4; ++i) {
            const int byte = take();
            const int letter = byte | 0x20;
            if (is_digit(byte)) {
                code = code * 16 + (byte - '0');
            } else if (letter >= 'a' && letter <= 'f') {
                code = code * 16 + (letter - 'a' + 10);
            } else {
                return -1;
            }
        }
        return code;
    }

    static bool is_digit(int byte) { return byte >= '0' && byte <= '9'; }

    [[gnu::cold]] json_token number(int byte) {
        constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
        constexpr std::uint64_t largest_negative = std::uint64_t{1} << 63;
        const std::size_t begin = read_ - 1;
        const bool negative = byte == '-';
        if (negative) byte = take();
        if (!is_digit(byte)) return json_token::none;

        magnitude_ = 0;
        bool is_integer = true;
        const bool is_zero = byte == '0';
        for (; is_digit(byte); byte = take()) {
            const auto digit = static_cast<std::uint64_t>(byte - '0');
            is_integer = is_integer && magnitude_ <= (largest - digit) / 10;
            magnitude_ = magnitude_ * 10 + digit;
            if (!is_zero) continue;
            byte = take();
            break;
        }
        if (byte == '.') {
            is_integer = false;
            if (!digits(take(), byte)) return json_token::none;
        }
        if (byte == 'e' || byte == 'E') {
            is_integer = false;
            byte = take();
            if (!digits(byte == '+' || byte == '-' ? take() : byte, byte)) return json_token::none;
        }
        --read_;

        number_ = std::string_view(json_.data() + begin, read_ - begin);
        if (is_integer && (!negative || magnitude_ == 0)) return json_token::unsigned_integer;
        if (is_integer && magnitude_ <= largest_negative) return json_token::negative_integer;
        return fits_double(number_) ? json_token::other_number : json_token::none;
    }

    /// One digit or more from `first` on; `after` is then the byte after them.
    bool digits(int first, int& after) {
        for (after = first; is_digit(after);) after = take();
        return is_digit(first);
    }

    /// Whether a number rounds to a finite double. strtod sees no decimal point, which every locale has its
    /// own of.
    [[gnu::cold]] static bool fits_double(std::string_view number) {
        constexpr long long largest_exponent = 1'000'000'000;  // more than a header has bytes
        text digits;
        long long exponent = 0;
        bool is_fraction = false;
        const char* const end = number.data() + number.size();
        for (const char* at = number.data(); at != end; ++at) {
            if (*at == 'e' || *at == 'E') {
                const text written(std::string_view(at + 1, static_cast<std::size_t>(end - at - 1)));
                exponent += std::clamp(std::strtoll(written.c_str(), nullptr, 10), -largest_exponent,
                                       largest_exponent);
                break;
            }
            if (is_fraction) --exponent;
            if (*at == '.')
                is_fraction = true;
            else
                digits.add_byte(*at);
        }
        digits << "e" << exponent;
        constexpr std::uint64_t exponent_bits = std::uint64_t{0x7ff} << 52;
        const double value = std::strtod(digits.c_str(), nullptr);
        return (std::bit_cast<std::uint64_t>(value) & exponent_bits) != exponent_bits;
    }

    std::string_view json_;
    std::size_t read_ = 0;
    text string_;
    std::string_view number_;
    std::uint64_t magnitude_ = 0;
};

/// Reads JSON text and tells a handler of each event, in order, until one of its functions returns false:
/// `object_begin()`, `object_end()`, `array_begin()`, `array_end()`, `key(string)`, `string(string)`,
/// `unsigned_integer(value)`, `negative_integer(value)`, `other_number(text)`, `boolean(value)`, `null()`;
/// and `invalid(position)`, which counts the bytes up to the first that is not valid. Nothing recurses.
template <class Handler>
class json_reader {
public:
    /// Of arrays and objects in each other; what is deeper is not valid.
    static constexpr int deepest = 64;

    json_reader(std::string_view json, Handler& handler) : tokens_(json), handler_(handler) {}

    /// Whether all is valid and every function returned true.
    [[gnu::cold]] bool read() {
        while (!done_) {
            if (!take(tokens_.next())) return false;
        }
        return true;
    }

private:
    enum class expected { value, value_or_end, key, key_or_end, colon, comma_or_end };

    [[gnu::cold]] bool take(json_token token) {
        switch (expected_) {
            case expected::value_or_end:
                if (token == json_token::array_end) return close();
                [[fallthrough]];
            case expected::value: return value(token);
            case expected::key_or_end:
                if (token == json_token::object_end) return close();
                [[fallthrough]];
            case expected::key:
                if (token != json_token::string) return invalid();
                expected_ = expected::colon;
                return handler_.key(tokens_.string());
            case expected::colon:
                if (token != json_token::colon) return invalid();
                expected_ = expected::value;
                return true;
            case expected::comma_or_end: break;
        }
        if (depth_ == 0) {
            done_ = token == json_token::text_end;
            return done_ || invalid();
        }
        if (token == json_token::comma) {
            expected_ = in_object() ? expected::key : expected::value;
            return true;
        }
        return token == (in_object() ? json_token::object_end : json_token::array_end) ? close() : invalid();
    }

    [[gnu::cold]] bool value(json_token token) {
        expected_ = expected::comma_or_end;
        switch (token) {
            case json_token::object_begin: return open(true) ? handler_.object_begin() : invalid();
            case json_token::array_begin: return open(false) ? handler_.array_begin() : invalid();
            case json_token::string: return handler_.string(tokens_.string());
            case json_token::unsigned_integer: return handler_.unsigned_integer(tokens_.magnitude());
            case json_token::negative_integer:
                return handler_.negative_integer(static_cast<std::int64_t>(0 - tokens_.magnitude()));
            case json_token::other_number: return handler_.other_number(tokens_.number_text());
            case json_token::true_literal: return handler_.boolean(true);
            case json_token::false_literal: return handler_.boolean(false);
            case json_token::null_literal: return handler_.null();
            default: return invalid();
        }
    }

    bool open(bool object) {
        if (depth_ == deepest) return false;
        ++depth_;
        objects_ = objects_ << 1 | std::uint64_t{object};
        expected_ = object ? expected::key_or_end : expected::value_or_end;
        return true;
    }

    bool close() {
        const bool object = in_object();
        --depth_;
        objects_ >>= 1;
        expected_ = expected::comma_or_end;
        return object ? handler_.object_end() : handler_.array_end();
    }

    /// Else in an array.
    bool in_object() const { return (objects_ & 1) != 0; }

    bool invalid() { return handler_.invalid(tokens_.position()); }

    json_tokens tokens_;
    Handler& handler_;
    expected expected_ = expected::value;
    bool done_ = false;
    int depth_ = 0;
    std::uint64_t objects_ = 0;  ///< a bit for each depth, the innermost lowest: whether it is an object
};

}  // namespace plait::inline PLAIT_TARGET::detail
