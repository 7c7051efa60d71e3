// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/io/calibration_file.hpp"
#include "plait/io/quantised_file.hpp"
#include "plait/network/calibrate.hpp"
#include "plait/network/network_in.hpp"
#include "plait/network/quantise.hpp"
#include "plait/network/quantised.hpp"
#include "plait/network/slot_blueprint.hpp"

// Networks in bf16 and int8. A program that does not name them compiles none of it.
