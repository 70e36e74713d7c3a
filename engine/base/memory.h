// How this process deals with memory that it frees.
#pragma once

namespace cbundle {

// Keeps freed memory for what is allocated next. Fresh pages, which the kernel clears one by one,
// cost the combine of a bundle of 10 MB a third of its time. For a program's main(), at its start.
void keep_freed_memory();

// Hands freed memory back to the kernel. May be called at any time, from any thread.
void return_freed_memory();

}  // namespace cbundle
