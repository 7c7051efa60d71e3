// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "plait/io/load.hpp"
#include "plait/io/verify.hpp"
#include "run.hpp"

namespace imported_graphs {

/// Imported networks as a user runs them.
class run : public reports {
public:
    using reports::reports;

    template <class Network>
    void kernels(const std::string& name) {
        const auto model = plait::load<Network>(weights_of(name));
        if (!model) return fail(name, model.error());
        const auto furthest = plait::verify(*model, check_of(name));
        if (!furthest) return fail(name, furthest.error());
        agree();
    }
};

}  // namespace imported_graphs
