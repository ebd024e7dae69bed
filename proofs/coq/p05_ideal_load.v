(** P05, ideal load.

    Registry: if h(s) = Psi (u(1); ...; u(s)) then the linear circuit has y(t) = u(t) for every t >= s. No input after t = s.
    Here: any ring, any sizes, any left inverse Dual of Psi. *)
From mathcomp Require Import all_ssreflect ssralg matrix.
Require Import linear_tasks.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Theorem ideal_load (R : ringType) (p d N : nat) (F : 'I_p.+1 -> 'M[R]_d)
    (Psi : 'M[R]_(N, components p d)) (Dual : 'M[R]_(components p d, N))
    (u : nat -> 'cV[R]_d) (h : nat -> 'cV[R]_N) (w := linear_circuit F Psi Dual) :
  Dual *m Psi = 1%:M -> task F u ->
  h p.+1 = Psi *m stack p u 0 -> (forall t, (p < t)%N -> h t.+1 = W_hh w *m h t) ->
  forall t, (p <= t)%N -> W_hy w *m h t.+1 = u t.
Proof.
move=> DP ut load step t pt; have -> : h t.+1 = Psi *m stack p u (t - p).
  rewrite -{1}(subnK pt); elim: (t - p)%N => [|m IH]; first by rewrite add0n.
  rewrite addSn step ?ltnS ?leq_addl // IH -(stack_step m ut) /= -!mulmxA; congr (_ *m (_ *m _)).
  by rewrite mulmxA DP mul1mx.
by rewrite /= -mulmxA [Dual *m _]mulmxA DP mul1mx stack_newest subnK.
Qed.
