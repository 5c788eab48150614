#pragma once

/* Puts what is in memory into large pages, where the kernel has them: looking for signatures is going through hundreds of megabytes in no
 * order, and most of its time is otherwise spent on finding the pages. Children have the same pages. What cannot be had is left as it is. */
void pages_enlarge(void);
