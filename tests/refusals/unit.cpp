// SPDX-License-Identifier: BSD-3-Clause
// expected: a unit must not use more than its level has: its program asks processors for the level
#include "plait/dispatch/unit.hpp"

#include "plait/blocks/conv.hpp"

// Compiled with -mgfni: see CMakeLists.txt.
PLAIT_DISPATCH_UNIT(small, plait::network<plait::shape{3, 8, 8}, plait::conv{.out = 8, .kernel = 3}>);
