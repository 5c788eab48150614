#pragma once
#include <iconv.h>
#include <stddef.h>
#include <sys/types.h>
