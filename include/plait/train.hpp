// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// What trains networks: trainers, losses, schedules, augmentation, checks of gradients. Not included:
/// plait/train/mpi.hpp, since it needs MPI, and plait/train/quantisation_aware.hpp, which rounds as int8
/// does.

#include "plait/train/augmentation.hpp"
#include "plait/train/check_gradients.hpp"
#include "plait/train/loss.hpp"
#include "plait/train/schedule.hpp"
#include "plait/train/trainer.hpp"
