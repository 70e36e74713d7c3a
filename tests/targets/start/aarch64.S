/* Entry, system calls and calls into the bundle for AArch64. */
        .text
        .globl  _start, write_out, leave, enter
_start: mov     x29, #0
        bl      host_main
write_out:
        mov     x2, x1
        mov     x1, x0
        mov     x0, #1
        mov     x8, #64                 // write
        svc     #0
        ret
leave:  mov     x8, #93                 // exit
        svc     #0
enter:  mov     x16, x0
        mov     w0, w1
        mov     w1, w2
        br      x16
        .section .note.GNU-stack, "", %progbits
