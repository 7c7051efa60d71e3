// SPDX-License-Identifier: BSD-3-Clause
#include "use_everything.hpp"

answers first_unit() { return use_everything(); }
