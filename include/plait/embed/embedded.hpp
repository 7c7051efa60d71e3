// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plait/core/half.hpp"
#include "plait/network/model.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline const float* in_floats(const float* stored, long long) { return stored; }

/// Widens halves into memory of their own.
inline aligned_memory<float> in_floats(const std::uint16_t* stored, long long count) {
    aligned_memory<float> wide = make_aligned<float>(count);
    float* const to = wide.get();
    for (long long i = 0; i < count; ++i) to[i] = half_to_float(stored[i]);
    return wide;
}

template <class Weights>
using weights_in_floats = decltype(in_floats(Weights::values(), 0));

}  // namespace detail

/// A model whose weights are in the program, checked and packed when it was built. `Weights` is what CMake's
/// plait_embed_weights makes of a file: packed floats, which are read where they lie, or packed halves, which
/// are widened once, when the model is made. All else is as of a `model`.
template <class Network, class Weights>
class embedded : public packed_model<Network, detail::weights_in_floats<Weights>> {
    using base = packed_model<Network, detail::weights_in_floats<Weights>>;
    static_assert(Weights::packing == base::runner::packing,
                  "the embedded weights are packed for another instruction set, another network or another "
                  "version of Plait than this file is compiled for: every file that uses them must have the "
                  "flags of the target that plait_embed_weights names");

public:
    embedded() : base(detail::in_floats(Weights::values(), base::runner::packed_size)) {}
};

}  // namespace plait::inline PLAIT_TARGET
