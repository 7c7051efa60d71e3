// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// What trains networks: trainers, losses, schedules, augmentation, checks of gradients. Not included, since
/// it needs MPI: plait/train/mpi.hpp.

#include "plait/train/augmentation.hpp"
#include "plait/train/check_gradients.hpp"
#include "plait/train/loss.hpp"
#include "plait/train/schedule.hpp"
#include "plait/train/trainer.hpp"
