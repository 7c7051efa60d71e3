// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "plait/core/target.hpp"

// The inline functions of the standard library have no instruction set in their names, so that the linker
// takes one for all units of a program. Where Plait reads files, it calls them only in functions of its own,
// which have them inside: [[gnu::flatten]].

namespace plait::inline PLAIT_TARGET::detail {

/// A type of the standard library that Plait itself copies, moves and ends.
template <class Standard>
class unshared : public Standard {
public:
    using Standard::Standard;

    [[gnu::flatten]] unshared() {}  // NOLINT(modernize-use-equals-default): the attribute
    [[gnu::flatten, gnu::noinline]] explicit(false) unshared(const Standard& other) : Standard(other) {}
    [[gnu::flatten, gnu::noinline]] explicit(false) unshared(Standard&& other) noexcept
        : Standard(std::move(other)) {}
    [[gnu::flatten, gnu::noinline]] unshared(const unshared& other)
        : Standard(static_cast<const Standard&>(other)) {}
    [[gnu::flatten, gnu::noinline]] unshared(unshared&& other) noexcept
        : Standard(static_cast<Standard&&>(other)) {}
    [[gnu::flatten, gnu::noinline]] unshared& operator=(const unshared& other) {
        Standard::operator=(static_cast<const Standard&>(other));
        return *this;
    }
    [[gnu::flatten, gnu::noinline]] unshared& operator=(unshared&& other) noexcept {
        Standard::operator=(static_cast<Standard&&>(other));
        return *this;
    }
    [[gnu::flatten, gnu::noinline]] ~unshared() {}  // NOLINT(modernize-use-equals-default): the attribute
};

/// A sentence that is being written.
class text : public unshared<std::string> {
public:
    text() = default;
    [[gnu::flatten, gnu::noinline]] explicit text(std::string_view first) {
        append(first.data(), first.size());
    }

    [[gnu::flatten, gnu::noinline]] text& operator<<(std::string_view more) {
        append(more.data(), more.size());
        return *this;
    }

    text& operator<<(std::unsigned_integral auto number) { return decimal("", number); }
    text& operator<<(std::signed_integral auto number) {
        const auto bits = static_cast<std::uint64_t>(number);
        return number < 0 ? decimal("-", 0 - bits) : decimal("", bits);
    }

    [[gnu::flatten, gnu::noinline]] void add_byte(char byte) { push_back(byte); }

private:
    [[gnu::cold, gnu::noinline]] text& decimal(std::string_view sign, std::uint64_t magnitude) {
        constexpr std::size_t longest = 20;
        char digits[longest];
        std::size_t begin = longest;
        do {
            digits[--begin] = static_cast<char>('0' + magnitude % 10);
            magnitude /= 10;
        } while (magnitude > 0);
        return *this << sign << std::string_view(digits + begin, longest - begin);
    }
};

[[gnu::flatten, gnu::noinline]] inline bool is_equal(std::string_view a, std::string_view b) {
    return a == b;
}
[[gnu::flatten, gnu::noinline]] inline bool is_less(std::string_view a, std::string_view b) { return a < b; }
[[gnu::flatten, gnu::noinline]] inline bool has_prefix(std::string_view words, std::string_view prefix) {
    return words.starts_with(prefix);
}
[[gnu::flatten, gnu::noinline]] inline bool has_suffix(std::string_view words, std::string_view suffix) {
    return words.ends_with(suffix);
}

}  // namespace plait::inline PLAIT_TARGET::detail
