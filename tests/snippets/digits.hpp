// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What CMake's plait_dispatch makes.

#include <cstdio>

#include "plait/dispatch/dispatch.hpp"
#include "plait/plait.hpp"

PLAIT_DISPATCH(digits, plait::augshufflenet_x0_5<10>);
