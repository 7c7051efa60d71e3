// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "plait/core/aligned_memory.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// Packed weights that a model owns, set call by call. Nobody reads them before all are set: that would be a
/// mistake of the program, which ends with a sentence.
template <class Network>
class owned_weights {
    static constexpr int ops = Network::sizes.ops;

    static constexpr int calls_with_weights() {
        int count = 0;
        for (int i = 0; i < ops; ++i) count += Network::calls.ops[i].is_packed();
        return count;
    }

public:
    /// Of `size` floats, none of them set.
    explicit owned_weights(long long size) : values_(make_aligned<float>(size)) {}

    /// Takes them as they are: zeros where nothing was set.
    owned_weights&& as_they_are() && {
        missing_ = 0;
        return std::move(*this);
    }

    /// Where call `op` packs its weights, which count as set.
    float* set(int op) {
        if (op >= 0 && op < ops && Network::calls.ops[op].is_packed() && !std::exchange(is_set_[op], true))
            --missing_;
        return values_.get();
    }

    /// Aborts where some were not set.
    const float* data() const {
        if (missing_ > 0) [[unlikely]]
            refuse();
        return values_.get();
    }

private:
    [[noreturn, gnu::cold, gnu::noinline]] void refuse() const {
        std::fprintf(stderr,
                     "a model was run before it had weights: they are set of %d of %d calls, where all were "
                     "expected (load gives a model with weights, zeros() one whose weights are zero)\n",
                     calls_with_weights() - missing_, calls_with_weights());
        std::abort();
    }

    aligned_memory<float> values_;
    int missing_ = calls_with_weights();
    bool is_set_[static_cast<unsigned>(at_least_one(ops))]{};
};

/// Packed weights that lie elsewhere, on a cache line, and outlive their model.
class viewed_weights {
public:
    explicit(false) viewed_weights(const float* values) : values_(values) {}
    const float* data() const { return values_; }

private:
    const float* values_;
};

}  // namespace plait::inline PLAIT_TARGET
