// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Something to call, which must live as long as this: a parameter for functions that do not keep it.
template <class Signature>
class function_view;

template <class Result, class... Arguments>
class function_view<Result(Arguments...)> {
public:
    /// Nothing to call.
    constexpr function_view() = default;

    template <class Function>
        requires(!std::is_same_v<std::remove_cvref_t<Function>, function_view> &&
                 std::is_invocable_r_v<Result, Function&, Arguments...>)
    explicit(false) function_view(
        Function&& function)  // NOLINT(cppcoreguidelines-missing-std-forward)
                              // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the call casts it back
        : function_(const_cast<void*>(static_cast<const volatile void*>(&function))),
          call_([](void* called, Arguments... arguments) -> Result {
              return (*static_cast<std::remove_reference_t<Function>*>(called))(
                  std::forward<Arguments>(arguments)...);
          }) {}

    /// Whether there is something to call.
    explicit operator bool() const { return call_ != nullptr; }
    Result operator()(Arguments... arguments) const {
        return call_(function_, std::forward<Arguments>(arguments)...);
    }

private:
    void* function_ = nullptr;
    Result (*call_)(void*, Arguments...) = nullptr;
};

}  // namespace plait::inline PLAIT_TARGET
