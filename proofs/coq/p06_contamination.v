(** P06, contamination.

    Registry: the linear circuit loads h(s) = Psi sum_k Phi^(s-k) E_s u(k). What it adds to u(k) in block k is
    sum_(j>k) Phi^(j-1-k) E_s F_j u(k).
    Here: any ring, any sizes, any left inverse Dual of Psi; the first theorem is the load, the second what is added. *)
From mathcomp Require Import all_ssreflect ssralg matrix.
Require Import linear_tasks.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma circuit_power (R : ringType) (p d N : nat) (F : 'I_p.+1 -> 'M[R]_d)
    (Psi : 'M[R]_(N, components p d)) (Dual : 'M[R]_(components p d, N)) t :
  Dual *m Psi = 1%:M -> power (W_hh (linear_circuit F Psi Dual)) t *m Psi = Psi *m power (companion F) t.
Proof.
move=> DP; elim: t => [|t IH]; first by rewrite mul1mx mulmx1.
by rewrite -mulmxA IH /= -!mulmxA [Dual *m _]mulmxA DP mul1mx.
Qed.

Theorem load (R : ringType) (p d N : nat) (F : 'I_p.+1 -> 'M[R]_d)
    (Psi : 'M[R]_(N, components p d)) (Dual : 'M[R]_(components p d, N)) (u : nat -> 'cV[R]_d) :
  Dual *m Psi = 1%:M ->
  state linear (linear_circuit F Psi Dual) (input p u) p.+1
    = Psi *m \sum_(k < p.+1) power (companion F) (p - k) *m inject R d ord_max *m u k.
Proof.
move=> DP; rewrite unrolled /= mulmx0 add0r [X in _ + X]big1 => [|k _]; last by rewrite mulmx0.
rewrite addr0 mulmx_sumr; apply: eq_bigr => k _; rewrite /input -ltnS ltn_ord !mulmxA.
by rewrite (circuit_power _ _ DP).
Qed.

Theorem added (R : ringType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (k : 'I_p.+1) :
  power (companion F) (p - k) *m inject R d ord_max
    = inject R d k + \sum_(j < p.+1 | (k < j)%N) power (companion F) (j.-1 - k) *m inject R d ord_max *m F j.
Proof.
move: {2}(p - k)%N (erefl (p - k)%N) => m; elim: m k => [|m IH] k e.
  have -> : k = ord_max by apply: last_block; rewrite -subn_eq0 e.
  by rewrite subnn power0 mul1mx [X in _ + X]big1 ?addr0 // => j; rewrite ltnNge -ltnS ltn_ord.
have kp : (k < p)%N by rewrite -subn_gt0 e.
pose k' : 'I_p.+1 := inord k.+1; have kk : k' = k.+1 :> nat by rewrite inordK // ltnS.
have em : (p - k' = m)%N by rewrite kk subnS e.
rewrite e -em /= -mulmxA IH // mulmxDr (column _ kk) -addrA; congr (_ + _).
rewrite [in RHS](bigD1 k') ?kk //= subnn power0 mul1mx; congr (_ + _); rewrite mulmx_sumr.
apply: eq_big => [j|j kj]; first by rewrite ltn_neqAle andbC -[j == k']/(j == k' :> nat) kk eq_sym.
rewrite !mulmxA; congr (_ *m _ *m _); rewrite -[LHS]/(power _ (j.-1 - k.+1).+1); congr power.
by rewrite subnSK // -ltnS prednK // (leq_ltn_trans _ kj).
Qed.
