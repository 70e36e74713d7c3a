/* Entry, system calls and calls into the bundle for ARM, in either state. */
        .syntax unified
        .text
        .arm
        .globl  _start, write_out, leave, enter
        .type   _start, %function
        .type   write_out, %function
        .type   leave, %function
        .type   enter, %function
_start: mov     fp, #0
        bl      host_main
write_out:
        push    {r7, lr}
        mov     r2, r1
        mov     r1, r0
        mov     r0, #1
        mov     r7, #4                  @ write
        svc     #0
        pop     {r7, lr}
        bx      lr
leave:  mov     r7, #1                  @ exit
        svc     #0
enter:  mov     ip, r0
        mov     r0, r1
        mov     r1, r2
        bx      ip
        .section .note.GNU-stack, "", %progbits
