// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "plait/core/aligned_memory.hpp"
#include "plait/core/half.hpp"
#include "plait/network/packed_model.hpp"
#include "plait/network/weights.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Halves that are widened into memory of their own.
class widened_halves {
public:
    widened_halves(const std::uint16_t* stored, long long count) : values_(make_aligned<float>(count)) {
        float* const to = values_.get();
        for (long long i = 0; i < count; ++i) to[i] = half_to_float(stored[i]);
    }
    const float* data() const { return values_.get(); }

private:
    aligned_memory<float> values_;
};

inline viewed_weights in_floats(const float* stored, long long) { return stored; }
inline widened_halves in_floats(const std::uint16_t* stored, long long count) { return {stored, count}; }

template <class Weights>
using weights_in_floats = decltype(in_floats(Weights::values(), 0));

}  // namespace detail

/// A model whose weights are in the program, checked and packed when it was built. `Weights` is what CMake's
/// plait_embed_weights makes of a file: packed floats, which are read where they lie, or packed halves, which
/// are widened once, when the model is made. All else is as of a `model`.
template <class Network, class Weights>
class embedded : public packed_model<Network, native_runner<Network>, detail::weights_in_floats<Weights>> {
    using base = packed_model<Network, native_runner<Network>, detail::weights_in_floats<Weights>>;
    static_assert(Weights::packing == base::runner::packing,
                  "the embedded weights are packed for another instruction set, another network or another "
                  "version of Plait than this file is compiled for: every file that uses them must have the "
                  "flags of the target that plait_embed_weights names");

public:
    /// What the packed weights take in the program.
    static constexpr long long weight_bytes =
        sizeof(*Weights::values()) * static_cast<long long>(base::runner::packed_size);

    embedded() : base({}, detail::in_floats(Weights::values(), base::runner::packed_size)) {}
};

}  // namespace plait::inline PLAIT_TARGET
