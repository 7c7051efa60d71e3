// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/dispatch/compiled_network.hpp"
#include "plait/network/executor.hpp"

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

template <class Network>
struct compiled_unit {
    using runner = executor<Network>;

    static void forward(const float* picture, const float* packed, float* workspace) {
        runner::put_input(picture, workspace);
        runner::forward(packed, workspace);
    }

    static void get_output(int output, const float* workspace, float* to) {
        runner::get_map(Network::calls.outputs[output], workspace, to);
    }

    static constexpr compiled_network table{.target = native_target,
                                            .parameters = Network::parameters,
                                            .macs = Network::macs,
                                            .packed_size = runner::packed_size,
                                            .workspace_size = runner::workspace_size,
                                            .pack = runner::pack,
                                            .forward = forward,
                                            .get_output = get_output};
};

}  // namespace plait::inline PLAIT_TARGET::detail

/// PLAIT_DISPATCH_UNIT(digits, plait::augshufflenet_x0_5<10>); is all that a unit says of the network that
/// the program knows by PLAIT_DISPATCH(digits, plait::augshufflenet_x0_5<10>);
#define PLAIT_DISPATCH_UNIT(name, ...)                                                                       \
    static_assert(plait::detail::is_optimised,                                                               \
                  "a unit must be optimised: inline functions left in it could be merged into other units"); \
    PLAIT_DISPATCH_TARGETS(name);                                                                            \
    constinit const plait::compiled_network name##_targets::PLAIT_TARGET =                                   \
        plait::detail::compiled_unit<__VA_ARGS__>::table
