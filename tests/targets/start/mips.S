/* Entry, system calls and calls into the bundle for MIPS, o32 and n64, either byte order. */
#if _MIPS_SIM == _ABI64
#define WRITE 5001
#define EXIT 5058
#define STORE sd
#define LOAD ld
#define ADD daddiu
#else
#define WRITE 4004
#define EXIT 4001
#define STORE sw
#define LOAD lw
#define ADD addiu
#endif
        .option pic0
        .set    noreorder
        .text
        .globl  _start, write_out, leave, enter
        .type   _start, @function
        .type   write_out, @function
        .type   leave, @function
        .type   enter, @function
        .ent    _start
_start: ADD     $sp, $sp, -32
        jal     host_main
        nop
        .end    _start
        .ent    write_out
write_out:
        move    $6, $5
        move    $5, $4
        li      $4, 1
        li      $2, WRITE
        syscall
        jr      $31
        nop
        .end    write_out
        .ent    leave
leave:  li      $2, EXIT
        syscall
        .end    leave
        /* Position-independent code computes addresses from its own, which is in $25. */
        .ent    enter
enter:  ADD     $sp, $sp, -32
        STORE   $31, 24($sp)
        move    $25, $4
        move    $4, $5
        jalr    $25
        move    $5, $6
        LOAD    $31, 24($sp)
        jr      $31
        ADD     $sp, $sp, 32
        .end    enter
        .section .note.GNU-stack, "", @progbits
