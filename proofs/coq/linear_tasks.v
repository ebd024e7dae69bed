(** Linear tasks, their companion matrix, and networks: what the theorems speak of, for all sizes.

    The registry counts times and blocks from 1, these files from 0: [u t] is the variable u(t+1), [F k] is F_(k+1), s = p.+1,
    and [state w x t] is the state h(t), after t inputs. So [output w x t] is y(t+1), and is right when it is [u t];
    "for all t > s" is "for all t with p < t". Block 0 is the oldest, block p (ord_max) the newest. *)
From mathcomp Require Import all_ssreflect ssralg matrix.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Notation components p d := (\sum_(i < p.+1) d)%N.

Section Definitions.
Variables (R : ringType) (p d : nat).

Definition task (F : 'I_p.+1 -> 'M[R]_d) m (u : nat -> 'M[R]_(d, m)) :=
  forall t, u (t + p.+1)%N = \sum_(k < p.+1) F k *m u (t + k)%N.

Definition input m (u : nat -> 'M[R]_(d, m)) t := if (t <= p)%N then u t else 0.

Definition stack m (u : nat -> 'M[R]_(d, m)) t : 'M[R]_(components p d, m) := \mxcol_(i < p.+1) u (t + i)%N.

Definition one_if (b : bool) : 'M[R]_d := if b then 1%:M else 0.

Definition companion (F : 'I_p.+1 -> 'M[R]_d) : 'M[R]_(components p d) :=
  \mxblock_(i < p.+1, j < p.+1) (if (i < p)%N then one_if (j == i.+1 :> nat) else F j).

Definition inject (k : 'I_p.+1) : 'M[R]_(components p d, d) := \mxcol_(i < p.+1) one_if (i == k).

End Definitions.

(** A selection task: output c copies component [component c] of block [block c], negated where [negative c]. *)
Definition selection (R : ringType) p d
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (negative : 'I_d -> bool) k : 'M[R]_d :=
  \matrix_(c, e) (if (k == block c) && (e == component c) then (-1) ^+ negative c else 0).

Fixpoint power (R : ringType) n (A : 'M[R]_n) t : 'M[R]_n := if t is t'.+1 then A *m power A t' else 1%:M.

Record network (R : ringType) (inputs outputs : nat) := Network {
  units : nat;
  W_hh : 'M[R]_units; W_uh : 'M[R]_(units, inputs); W_hy : 'M[R]_(outputs, units);
  b_h : 'cV[R]_units; b_y : 'cV[R]_outputs; h_0 : 'cV[R]_units }.

Section Networks.
Variables (R : ringType) (inputs outputs : nat) (sigma : R -> R) (w : network R inputs outputs).

Fixpoint state (x : nat -> 'cV[R]_inputs) t : 'cV[R]_(units w) :=
  if t is t'.+1 then map_mx sigma (W_hh w *m state x t' + W_uh w *m x t' + b_h w) else h_0 w.

Definition output x t := W_hy w *m state x t.+1 + b_y w.

End Networks.

Notation linear := (fun z => z).

Section LinearCircuit.
Variables (R : ringType) (p d N : nat) (F : 'I_p.+1 -> 'M[R]_d).
Variables (Psi : 'M[R]_(N, components p d)) (Dual : 'M[R]_(components p d, N)).

Definition linear_circuit : network R d d := {|
  W_hh := Psi *m companion F *m Dual; W_uh := Psi *m inject R d ord_max; W_hy := (inject R d ord_max)^T *m Dual;
  b_h := 0; b_y := 0; h_0 := 0 |}.

End LinearCircuit.

(** Powers of a matrix. *)
Section Powers.
Variables (R : ringType) (n : nat) (A : 'M[R]_n).
Local Notation "A ^^ t" := (power A t) (at level 29, left associativity).

Lemma powerD t t' : A ^^ (t + t') = A ^^ t *m A ^^ t'.
Proof. by elim: t => [|t IH]; rewrite ?mul1mx //= IH mulmxA. Qed.
Lemma power0 : A ^^ 0 = 1%:M. Proof. by []. Qed.
Lemma power1 : A ^^ 1 = A. Proof. by rewrite /= mulmx1. Qed.
Lemma powerSr t : A ^^ t.+1 = A ^^ t *m A. Proof. by rewrite -addn1 powerD power1. Qed.
End Powers.

(** The companion matrix: a shift, and a write to the newest block. *)
Section Companion.
Variables (R : ringType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d).
Local Notation Phi := (companion F).
Local Notation E := (@inject R p d).
Local Notation Es := (E ord_max).

Lemma last_block (i : 'I_p.+1) : (p <= i)%N -> i = ord_max.
Proof. by move=> pi; apply: val_inj; apply/eqP; rewrite /= eqn_leq pi -ltnS ltn_ord. Qed.

Lemma sum_one_if m (B : 'I_p.+1 -> 'M[R]_(m, d)) k : \sum_j B j *m one_if R d (j == k) = B k.
Proof. by rewrite (bigD1 k) //= eqxx mulmx1 big1 ?addr0 // => j /negbTE ->; exact: mulmx0. Qed.

Lemma one_if_sum m (B : 'I_p.+1 -> 'M[R]_(d, m)) k : \sum_j one_if R d (j == k) *m B j = B k.
Proof. by rewrite (bigD1 k) //= eqxx mul1mx big1 ?addr0 // => j /negbTE ->; exact: mul0mx. Qed.

Lemma companion_blocks m (B : 'I_p.+1 -> 'M[R]_(d, m)) :
  Phi *m \mxcol_k B k = \mxcol_k (if (k < p)%N then B (inord k.+1) else \sum_j F j *m B j).
Proof.
rewrite mul_mxblock_mxrow; apply: eq_mxcol => i; case: (ltnP i p) => // ip.
rewrite -(one_if_sum B (inord i.+1)); apply: eq_bigr => j _; congr (one_if _ _ _ *m _).
by rewrite -[j == inord _]/(j == inord _ :> nat) inordK.
Qed.

Lemma inject_blocks m k (B : 'M[R]_(d, m)) : E k *m B = \mxcol_i (if i == k then B else 0).
Proof. by rewrite mxcol_mul; apply: eq_mxcol => i; case: eqP; rewrite ?mul1mx ?mul0mx. Qed.

Lemma inject_trE k : (E k)^T = \mxrow_j one_if R d (j == k).
Proof. by rewrite tr_mxcol; apply: eq_mxrow => j; rewrite /one_if; case: ifP; rewrite ?trmx1 ?trmx0. Qed.

Lemma read_blocks m k (B : 'I_p.+1 -> 'M[R]_(d, m)) : (E k)^T *m \mxcol_i B i = B k.
Proof. by rewrite inject_trE mul_mxrow_mxcol one_if_sum. Qed.

Lemma read_inject j k : (E j)^T *m E k = one_if R d (j == k).
Proof. by rewrite read_blocks. Qed.

Lemma read_newest : Es^T *m Es = 1%:M. Proof. by rewrite read_inject eqxx. Qed.

Lemma read_older (k : 'I_p.+1) : (k < p)%N -> Es^T *m E k = 0.
Proof. by move=> kp; rewrite read_inject -[_ == k]/(p == k :> nat) eq_sym (ltn_eqF kp). Qed.

(** Column k+1: Phi E_(k+1) = E_k + E_s F_(k+1); the oldest one has no shift. *)
Lemma column (k k' : 'I_p.+1) : k' = k.+1 :> nat -> Phi *m E k' = E k + Es *m F k'.
Proof.
move=> kk; rewrite companion_blocks sum_one_if inject_blocks -mxcolD; apply: eq_mxcol => i.
rewrite -[i == ord_max]/(i == p :> nat) -[i == k]/(i == k :> nat) -[inord _ == k']/(inord _ == k' :> nat).
have kp : (k < p)%N by rewrite -ltnS -kk ltn_ord.
case: (ltnP i p) => ip; first by rewrite inordK // (ltn_eqF ip) addr0 kk eqSS.
by rewrite (last_block ip) /= eqxx [p == k]eq_sym (ltn_eqF kp) add0r.
Qed.

Lemma column_oldest : Phi *m E ord0 = Es *m F ord0.
Proof.
rewrite companion_blocks sum_one_if inject_blocks; apply: eq_mxcol => i.
rewrite -[i == ord_max]/(i == p :> nat) -[inord _ == ord0]/(inord _ == ord0 :> nat).
case: (ltnP i p) => ip; first by rewrite inordK // (ltn_eqF ip).
by rewrite (last_block ip) eqxx.
Qed.

Lemma stack_newest m (u : nat -> 'M[R]_(d, m)) t : Es^T *m stack p u t = u (t + p)%N.
Proof. exact: read_blocks. Qed.

Lemma stack_step m (u : nat -> 'M[R]_(d, m)) t : task F u -> Phi *m stack p u t = stack p u t.+1.
Proof.
move=> ut; rewrite companion_blocks; apply: eq_mxcol => i; case: (ltnP i p) => ip.
  by rewrite inordK ?ltnS // addSnnS.
by rewrite (last_block ip) -ut addSnnS.
Qed.

Lemma stack_power m (u : nat -> 'M[R]_(d, m)) t : task F u -> stack p u t = power Phi t *m stack p u 0.
Proof. by move=> ut; elim: t => [|t IH]; rewrite ?mul1mx //= -mulmxA -IH (stack_step _ ut). Qed.

Lemma stack_inputs m (u : nat -> 'M[R]_(d, m)) : stack p u 0 = \sum_(k < p.+1) E k *m u k.
Proof.
have -> : \sum_(k < p.+1) E k *m u k = \mxcol_i \sum_(k < p.+1) one_if R d (k == i) *m u k.
  rewrite mxcol_sum; apply: eq_bigr => k _; rewrite mxcol_mul; apply: eq_mxcol => i.
  by rewrite eq_sym.
by apply: eq_mxcol => i; rewrite one_if_sum add0n.
Qed.

(** The response: u at time tau after the inputs is the sum of C Phi^tau E_k applied to the inputs. *)
Lemma response_of_task m (u : nat -> 'M[R]_(d, m)) t : task F u ->
  u (t + p)%N = \sum_(k < p.+1) Es^T *m power Phi t *m E k *m u k.
Proof.
move=> ut; rewrite -stack_newest (stack_power _ ut) stack_inputs !mulmx_sumr.
by apply: eq_bigr => k _; rewrite !mulmxA.
Qed.

End Companion.

Lemma selected (R : ringType) p d m (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (negative : 'I_d -> bool)
    (v : 'I_p.+1 -> 'M[R]_(d, m)) c j :
  (\sum_k selection R block component negative k *m v k) c j = (-1) ^+ negative c * v (block c) (component c) j.
Proof.
rewrite summxE (bigD1 (block c)) //= mxE (bigD1 (component c)) //= mxE !eqxx /=.
rewrite [\sum_(e < d | e != component c) _]big1 => [|e ec]; last by rewrite mxE (negbTE ec) andbF mul0r.
rewrite [\sum_(k < p.+1 | k != block c) _]big1 ?addr0 // => k kb.
by rewrite mxE; apply: big1 => e _; rewrite mxE (negbTE kb) mul0r.
Qed.

(** Every input sequence is continued by the task, in one way. *)
Section Continuation.
Variables (R : ringType) (p d m : nat) (F : 'I_p.+1 -> 'M[R]_d) (x : nat -> 'M[R]_(d, m)).

Fixpoint continuation t : 'I_p.+1 -> 'M[R]_(d, m) :=
  if t is t'.+1 then fun i => if (i < p)%N then continuation t' (inord i.+1) else \sum_j F j *m continuation t' j
  else fun i => x i.

Lemma continuation_shift i t : (i <= p)%N -> continuation t (inord i) = continuation (t + i)%N ord0.
Proof.
elim: i t => [|i IH] t ip; first by rewrite addn0; congr continuation; apply: val_inj; rewrite /= inordK.
rewrite addnS -addSn -IH ?(ltnW ip) //= inordK ?ltnS ?(ltnW ip) // ip.
by congr continuation.
Qed.

Lemma task_exists : exists u, task F u /\ forall t, (t <= p)%N -> u t = x t.
Proof.
exists (fun t => continuation t ord0); split=> [t|t tp]; last by rewrite -[t in LHS]add0n -continuation_shift //= inordK.
rewrite addnS -addSn -continuation_shift // [LHS]/= inordK // ltnn; apply: eq_bigr => j _; congr (_ *m _).
by rewrite -continuation_shift ?inord_val // -ltnS.
Qed.
End Continuation.

(** Linear networks. *)
Section LinearNetworks.
Variables (R : ringType) (inputs outputs : nat) (w : network R inputs outputs).

Lemma stateS x t : state linear w x t.+1 = W_hh w *m state linear w x t + W_uh w *m x t + b_h w.
Proof. exact: map_mx_id. Qed.

(** Unrolled: the start, the inputs and the bias, each carried on by powers of W_hh. *)
Lemma unrolled x t : state linear w x t = power (W_hh w) t *m h_0 w
  + \sum_(k < t) power (W_hh w) (t.-1 - k) *m W_uh w *m x k + \sum_(k < t) power (W_hh w) k *m b_h w.
Proof.
elim: t => [|t IH]; first by rewrite !big_ord0 !addr0 mul1mx.
rewrite stateS IH !mulmxDr !mulmxA -!addrA; congr (_ + _).
rewrite [in RHS]big_ord_recr [X in _ = _ + X]big_ord_recl /= subnn !mul1mx -!addrA mulmx_sumr; congr (_ + _).
  apply: eq_bigr => k _; rewrite !mulmxA; congr (_ *m _ *m _).
  by rewrite -[RHS]/(power (W_hh w) (t - k)) -(subnSK (ltn_ord k)) -subn1 -subnDA add1n.
rewrite addrCA; congr (_ + _); rewrite addrC mulmx_sumr; congr (_ + _).
by apply: eq_bigr => k _; rewrite !mulmxA.
Qed.

End LinearNetworks.
