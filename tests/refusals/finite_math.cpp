// SPDX-License-Identifier: BSD-3-Clause
// expected: Plait tells numbers from NaN and infinity: .*-ffinite-math-only, each needs -fno-finite-math-only
#include "plait/core/shape.hpp"
