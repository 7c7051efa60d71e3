// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// The learning rate over a training of so many steps.
struct schedule {
    enum class form { constant, steps, cosine, linear, one_cycle };

    form by = form::cosine;
    double rate = 0.1;      ///< the highest
    long long steps = 1;    ///< of the whole training
    long long warm_up = 0;  ///< steps over which the rate rises to its highest, from 0
    double factor = 0.1;    ///< of `steps`: by which the rate falls
    long long every = 0;    ///< of `steps`: after so many steps
    double rising = 0.3;    ///< of `one_cycle`: the part of all steps before the highest rate

    /// Of step `i`, from 0.
    double rate_at(long long i) const {
        constexpr double pi = 3.14159265358979323846;
        if (i < warm_up) return rate * static_cast<double>(i + 1) / static_cast<double>(warm_up);
        const auto all = static_cast<double>(steps > warm_up ? steps - warm_up : 1);
        const double part = static_cast<double>(i - warm_up) / all;
        const auto between = [&](double from, double to, double at) {
            return to + (from - to) * (1 + std::cos(pi * at)) / 2;
        };
        const long long falls = every > 0 ? (i - warm_up) / every : 0;
        switch (by) {
            case form::constant: return rate;
            case form::steps: return rate * std::pow(factor, static_cast<double>(falls));
            case form::cosine: return between(rate, 0, part);
            case form::linear: return rate * (1 - part);
            case form::one_cycle:
                return part < rising ? between(rate / 25, rate, part / rising)
                                     : between(rate, rate / 25e4, (part - rising) / (1 - rising));
        }
        return rate;
    }
};

}  // namespace plait::inline PLAIT_TARGET
