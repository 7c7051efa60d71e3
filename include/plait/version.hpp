// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The one place that holds the version: CMakeLists.txt reads it here.
#define PLAIT_VERSION_MAJOR 0
#define PLAIT_VERSION_MINOR 1
#define PLAIT_VERSION_PATCH 0
