// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Processes that train one network together, each with a part of every batch. All of them make the same
/// calls in the same order; those come from any thread of a trainer, one at a time.
class collective {
public:
    virtual ~collective() = default;
    /// Each value becomes the sum of what all processes have there, the same bits in all of them.
    virtual void sum(std::span<double> values) = 0;
    /// The same of floats.
    virtual void sum(std::span<float> values) = 0;
    /// Which of the processes this is, from 0.
    virtual int rank() const = 0;
};

}  // namespace plait::inline PLAIT_TARGET
