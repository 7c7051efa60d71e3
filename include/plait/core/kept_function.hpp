// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Something to call, of which this has a copy: for options that live longer than a call.
template <class Signature>
class kept_function;

// One assignment serves copies and moves.
template <class Result, class... Arguments>
class kept_function<Result(Arguments...)> {  // NOLINT(cppcoreguidelines-special-member-functions)
public:
    /// Nothing to call.
    kept_function() = default;

    template <class Function>
        requires(!std::is_same_v<std::remove_cvref_t<Function>, kept_function> &&
                 std::is_invocable_r_v<Result, std::decay_t<Function>&, Arguments...>)
    explicit(false) kept_function(Function&& function)
        : kept_(new std::decay_t<Function>(std::forward<Function>(function))),
          actions_(&actions_of<std::decay_t<Function>>) {}

    kept_function(const kept_function& other)
        : kept_(other ? other.actions_->copy(other.kept_) : nullptr), actions_(other.actions_) {}
    kept_function(kept_function&& other) noexcept
        : kept_(std::exchange(other.kept_, nullptr)), actions_(std::exchange(other.actions_, nullptr)) {}
    kept_function& operator=(kept_function other) noexcept {
        std::swap(kept_, other.kept_);
        std::swap(actions_, other.actions_);
        return *this;
    }
    ~kept_function() {
        if (actions_) actions_->end(kept_);
    }

    /// Whether there is something to call.
    explicit operator bool() const { return actions_ != nullptr; }
    Result operator()(Arguments... arguments) const {
        return actions_->call(kept_, std::forward<Arguments>(arguments)...);
    }

private:
    struct actions {
        Result (*call)(void*, Arguments&&...);
        void* (*copy)(const void*);
        void (*end)(void*);
    };

    template <class Function>
    static constexpr actions actions_of{
        [](void* kept, Arguments&&... arguments) -> Result {
            return (*static_cast<Function*>(kept))(std::forward<Arguments>(arguments)...);
        },
        [](const void* kept) -> void* { return new Function(*static_cast<const Function*>(kept)); },
        [](void* kept) { delete static_cast<Function*>(kept); }};

    void* kept_ = nullptr;
    const actions* actions_ = nullptr;
};

}  // namespace plait::inline PLAIT_TARGET
