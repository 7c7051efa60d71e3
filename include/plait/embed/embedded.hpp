// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

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

/// What `narrow_words` made, widened into memory of its own.
class widened_words {
public:
    widened_words(const std::uint8_t* stored, long long count) : values_(make_aligned<float>(count)) {
        for (float *to = values_.get(), *const end = to + count; to < end;) {
            std::uint16_t lengths[2];
            std::memcpy(lengths, stored, sizeof lengths);
            stored += sizeof lengths;
            std::memcpy(to, stored, sizeof(float) * lengths[0]);
            stored += sizeof(float) * lengths[0];
            to += lengths[0];
            for (int i = 0; i < lengths[1]; ++i, stored += 2) {
                const auto word = [&](int at) {
                    return static_cast<std::uint32_t>(static_cast<std::int8_t>(stored[at])) & 0xffffU;
                };
                *to++ = std::bit_cast<float>(word(0) | word(1) << 16U);
            }
        }
    }
    const float* data() const { return values_.get(); }

private:
    aligned_memory<float> values_;
};

inline viewed_weights in_floats(const float* stored, long long) { return stored; }
inline widened_halves in_floats(const std::uint16_t* stored, long long count) { return {stored, count}; }
inline widened_words in_floats(const std::uint8_t* stored, long long count) { return {stored, count}; }

template <class Weights>
using weights_in_floats = decltype(in_floats(Weights::values(), 0));

}  // namespace detail

/// A model whose weights are in the program, checked and packed when it was built. `Weights` is what CMake's
/// plait_embed_weights makes of a file: packed floats, which are read where they lie, or packed halves or
/// bytes, which are widened once, when the model is made. All else is as of a `model`.
template <class Network, class Weights>
class embedded : public packed_model<Network, native_runner<Network>, detail::weights_in_floats<Weights>> {
    using base = packed_model<Network, native_runner<Network>, detail::weights_in_floats<Weights>>;
    static_assert(Weights::packing == base::runner::packing,
                  "the embedded weights are packed for another instruction set, another network or another "
                  "version of Plait than this file is compiled for: every file that uses them must have the "
                  "flags of the target that plait_embed_weights names");

public:
    /// What the packed weights take in the program.
    static constexpr long long weight_bytes = sizeof(*Weights::values()) * Weights::count;

    embedded() : base({}, detail::in_floats(Weights::values(), base::runner::packed_size)) {}
};

}  // namespace plait::inline PLAIT_TARGET
