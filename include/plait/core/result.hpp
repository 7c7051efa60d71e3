// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "plait/core/text.hpp"

namespace plait::inline PLAIT_TARGET {

/// Why something could not be done, in one sentence: what, where, what was expected and what was found.
struct failure {
    detail::unshared<std::string> sentence;
};

/// A value, or one sentence saying why there is none.
/// Asking a failed result for its value prints the sentence on stderr and aborts.
template <class T>
class [[nodiscard]] result {
public:
    explicit(false) result(T held) : held_(std::move(held)) {}
    explicit(false) result(failure why) : sentence_(std::move(why.sentence)) {}
    /// A value made where the result lies, which may be too large for the stack.
    template <class... Arguments>
    explicit result(std::in_place_t, Arguments&&... arguments)
        : held_(std::in_place, std::forward<Arguments>(arguments)...) {}

    explicit operator bool() const { return held_.has_value(); }

    /// The value; aborts where there is none. `*` and `->` do the same.
    T& value() & { return checked(*this); }
    const T& value() const& { return checked(*this); }
    T&& value() && { return std::move(checked(*this)); }

    T& operator*() & { return checked(*this); }
    const T& operator*() const& { return checked(*this); }
    T&& operator*() && { return std::move(checked(*this)); }

    T* operator->() { return &checked(*this); }
    const T* operator->() const { return &checked(*this); }

    /// The sentence; empty where there is a value.
    const std::string& error() const { return sentence_; }

private:
    template <class Self>
    static auto& checked(Self& self) {
        if (!self.held_) {
            std::fprintf(stderr, "%s\n", self.sentence_.c_str());
            std::abort();
        }
        return *self.held_;
    }

    std::optional<T> held_;
    detail::unshared<std::string> sentence_;
};

/// Done, or one sentence saying why not.
template <>
class [[nodiscard]] result<void> {
public:
    result() = default;
    explicit(false) result(failure why) : failed_(true), sentence_(std::move(why.sentence)) {}

    explicit operator bool() const { return !failed_; }

    /// The sentence; empty where all went well.
    const std::string& error() const { return sentence_; }

private:
    bool failed_ = false;
    detail::unshared<std::string> sentence_;
};

}  // namespace plait::inline PLAIT_TARGET
