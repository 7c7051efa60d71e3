// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/dispatch/compiled_network.hpp"
#include "plait/network/runner.hpp"

// For a translation unit of its own, with the flags of one instruction set. The linker merges inline
// functions of one name, into one that an older processor may not be able to run. Plait's own have the
// instruction set in their names. Those of libraries have not; optimised, a unit has none of them left, if it
// includes no more than this and the network's declaration.

namespace plait::inline PLAIT_TARGET::detail {

#if defined(__OPTIMIZE__)
inline constexpr bool is_optimised = true;
#else
inline constexpr bool is_optimised = false;
#endif

// On x86-64 a program takes a unit where the processor has the level, and on others without asking.
#if defined(__x86_64__)
inline constexpr bool is_of_a_level = !exceeds_level;
#else
inline constexpr bool is_of_a_level = true;
#endif

/// What every unit has, whatever the network is in.
template <class Network>
struct unit_functions {
    using runner = native_runner<Network>;

    static void forward(const float* packed, float* workspace) { runner::forward(packed, workspace); }

    static void observe(const float* packed, float* workspace, void (*look)(void*, int), void* context) {
        runner::observe(packed, workspace, [&](int op) { look(context, op); });
    }

    static void forward_batch(int count, void (*put)(void*, int),
                              void (*take)(void*, int, const float*, const int*, const unsigned char*),
                              void* context, const float* packed, float* workspace, float* kept) {
        runner::forward_batch(
            count, [&](int i) { put(context, i); },
            [&](int i, const map_view& last) {
                take(context, i, last.values(), last.offsets(), last.steps());
            },
            packed, workspace, kept);
    }

    static constexpr compiled_network shared_table{.target = native_level,
                                                   .parameters = Network::parameters,
                                                   .macs = Network::macs,
                                                   .packed_size = runner::packed_size,
                                                   .workspace_size = runner::workspace_size,
                                                   .kept_size = runner::kept_size,
                                                   .offsets = runner::offsets,
                                                   .steps = runner::steps,
                                                   .input_step = runner::input_step,
                                                   .pack = runner::pack,
                                                   .forward = forward,
                                                   .observe = observe,
                                                   .forward_batch = forward_batch};
};

template <class Network>
struct compiled_unit {
    static constexpr compiled_network table = unit_functions<Network>::shared_table;
};

}  // namespace plait::inline PLAIT_TARGET::detail

/// PLAIT_DISPATCH_UNIT(digits, plait::augshufflenet_x0_5<10>); is all that a unit says of the network that
/// the program knows by PLAIT_DISPATCH(digits, plait::augshufflenet_x0_5<10>);
#define PLAIT_DISPATCH_UNIT(name, ...)                                                                       \
    static_assert(plait::detail::is_optimised,                                                               \
                  "a unit must be optimised: inline functions left in it could be merged into other units"); \
    static_assert(plait::detail::is_of_a_level,                                                              \
                  "a unit must not use more than its level has: its program asks processors for the level"); \
    PLAIT_DISPATCH_TARGETS(name);                                                                            \
    constinit const plait::compiled_network name##_targets::PLAIT_LEVEL =                                    \
        plait::detail::compiled_unit<__VA_ARGS__>::table
