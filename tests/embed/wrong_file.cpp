// SPDX-License-Identifier: BSD-3-Clause
// Its weights are those of another network: see CMakeLists.txt.
#include "embedded_from_wrong_file.hpp"

embedded_from_wrong_file refused;
