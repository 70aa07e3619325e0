// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Testing
