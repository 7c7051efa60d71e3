// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "plait/core/aligned_memory.hpp"
#include "plait/kernels/dense.hpp"
#include "plait/kernels/transposed_phases.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Transposed convolution: a dense one for each residue of the output's pixels, which it writes where they
/// belong. Weights come as [output][input][kernel row][kernel column].
template <kernel_shape S>
struct transposed_kernel {
    static constexpr long long packed_size(const op& o) {
        long long size = 0;
        for (int i = 0; i < phases.count(); ++i) size += packed_values(i, o.out.count, o.in.count);
        return size;
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        const aligned_memory<float> of_phase = make_aligned<float>(o.weights());
        for_phases([&](auto phase) {
            op part = o;
            part.kind = op_kind::dense;
            part.window = phases.window_of(phases.at(phase));
            float* next = of_phase.get();
            for (int i = 0; i < o.out.count * o.in.count; ++i) {
                for (int t = 0; t < part.window.taps(); ++t) {
                    const int tap = phases.tap_of(phases.at(phase), t);
                    *next++ = tap < 0 ? 0.0F : weights[1LL * i * o.window.taps() + tap];
                }
            }
            kernel_of<phase>::pack(part, of_phase.get(), bias, to);
            to += packed_values(phase, o.out.count, o.in.count);
        });
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        kernel_call part = call;
        for_phases([&](auto phase) {
            kernel_of<phase>::run(part, weights, workspace);
            part.weights += packed_values(phase, call.out_count, call.in_count);
        });
    }

private:
    static constexpr transposed_phases phases{S.window, S.size};

    template <int Phase>
    static constexpr kernel_shape shape_of = phases.shape_of(S, phases.at(Phase));
    template <int Phase>
    using kernel_of =
        std::conditional_t<S.out_groups(), dense_groups<shape_of<Phase>>, dense_planes<shape_of<Phase>>>;

    /// Whole vectors, so that each phase's begin with one.
    static constexpr long long packed_values(int phase, int outputs, int inputs) {
        if (!phases.makes_any(phases.at(phase))) return 0;
        const long long of_output = 1LL * inputs * phases.window_of(phases.at(phase)).taps() + 1;
        return ((S.out_groups() ? rounded_up(outputs, S.lanes) : outputs) * of_output + 15) / 16 * 16;
    }

    /// For those that make pixels.
    template <class Body>
    static void for_phases(Body body) {
        [&]<int... Phase>(std::integer_sequence<int, Phase...>) { (for_phase<Phase>(body), ...); }
        (std::make_integer_sequence<int, phases.count()>{});
    }
    template <int Phase, class Body>
    static void for_phase(Body& body) {
        if constexpr (phases.makes_any(phases.at(Phase))) body(constant<Phase>{});
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
