// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The one place that holds the version: CMakeLists.txt reads it here.
/// Before 1.0 a new minor version may break programs, a new patch does not.
#define PLAIT_VERSION_MAJOR 0
/// See `PLAIT_VERSION_MAJOR`.
#define PLAIT_VERSION_MINOR 1
/// See `PLAIT_VERSION_MAJOR`.
#define PLAIT_VERSION_PATCH 0
