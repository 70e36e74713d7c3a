/* Entry, system calls and calls into the bundle for RISC-V, 64 and 32 bits. */
        .option norelax
        .text
        .globl  _start, write_out, leave, enter
_start: andi    sp, sp, -16
        call    host_main
write_out:
        mv      a2, a1
        mv      a1, a0
        li      a0, 1
        li      a7, 64                  # write
        ecall
        ret
leave:  li      a7, 93                  # exit
        ecall
enter:  mv      t1, a0
        mv      a0, a1
        mv      a1, a2
        jr      t1
        .section .note.GNU-stack, "", %progbits
