// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Workspaces for threads that come and go: each takes one for as long as it needs it, and who comes next
/// finds it warm. As many are made as are taken at once. Taking and giving back lock; forward passes do not.
template <class Workspace>
class workspace_pool {
    struct give_back {
        workspace_pool* pool;
        void operator()(Workspace* scratch) const { pool->keep(scratch); }
    };

public:
    /// A workspace of the holder's own, which goes back to the pool at its end, before the pool's.
    using lease = std::unique_ptr<Workspace, give_back>;

    /// With `ready` workspaces made beforehand.
    explicit workspace_pool(std::size_t ready = 0) {
        free_.reserve(ready);
        for (; made_ < ready; ++made_) free_.push_back(std::make_unique<Workspace>());
    }

    /// One that nobody else has: a new one where all are taken.
    lease take() {
        const std::lock_guard guard(mutex_);
        if (free_.empty()) {
            free_.reserve(made_ + 1);
            free_.push_back(std::make_unique<Workspace>());
            ++made_;
        }
        lease taken(free_.back().release(), give_back{this});
        free_.pop_back();
        return taken;
    }

    /// How many there are, taken or not.
    std::size_t size() const {
        const std::lock_guard guard(mutex_);
        return made_;
    }

private:
    /// There is room for all that were made.
    void keep(Workspace* scratch) {
        const std::lock_guard guard(mutex_);
        free_.emplace_back(scratch);
    }

    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Workspace>> free_;
    std::size_t made_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
